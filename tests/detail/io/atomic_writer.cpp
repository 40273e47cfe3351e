// Covers detail/io/file_error.hpp, detail/io/posix_file.hpp, detail/io/standard_file.hpp.

#include <mohs/detail/io/atomic_writer.hpp>

#include "../../allocations.hpp"
#include "../../catch.hpp"
#include "../../io/scratch_folder.hpp"

#include <mohs/detail/io/posix_file.hpp>
#include <mohs/detail/io/standard_file.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

using mohs::detail::AtomicWriter;
using mohs::detail::StandardFile;
using Names = std::vector<std::string>;

#if MOHS_POSIX
using mohs::detail::PosixFile;
#else
using PosixFile = StandardFile;
#endif

/// The system, but its call number `failing` fails.
struct Faulty {
    static inline int failing = 0, calls = 0;

    static std::error_code unless_failing(const auto& call)
    {
        return calls++ == failing ? std::make_error_code(std::errc::no_space_on_device) : call();
    }

    static std::string tag() { return StandardFile::tag(); }
    std::error_code create(const std::filesystem::path& path, std::filesystem::perms permissions)
    {
        return unless_failing([&] { return file.create(path, permissions); });
    }
    std::error_code write(const char* data, std::size_t size)
    {
        return unless_failing([&] { return file.write(data, size); });
    }
    std::error_code flush()
    {
        return unless_failing([&] { return file.flush(); });
    }
    std::error_code close()
    {
        return unless_failing([&] { return file.close(); });
    }
    static std::error_code flush_folder(const std::filesystem::path& folder)
    {
        return unless_failing([&] { return StandardFile::flush_folder(folder); });
    }

    StandardFile file;
};

/// Writes 200,000 bytes in pieces.
template <class File>
void write_all(const std::filesystem::path& path, char letter)
{
    AtomicWriter<File> writer(path);
    for (int piece = 0; piece < 20; ++piece) {
        writer.write(std::string(10000, letter));
    }
    writer.commit();
}

}

TEMPLATE_TEST_CASE("what is committed is there byte for byte", "", PosixFile, StandardFile)
{
    const ScratchFolder folder;
    for (const std::size_t piece : {1U, 999U, 65535U, 65536U, 65537U, 300000U}) {
        std::string expected;
        AtomicWriter<TestType> writer(folder / "file");
        for (int number = 0; number < 5; ++number) {
            std::string bytes(piece, static_cast<char>(number));
            bytes.back() = '\n';
            writer.write(bytes);
            expected += bytes;
        }
        writer.commit();
        CHECK(content_of(folder / "file") == expected);
    }
    CHECK(folder.names() == Names{"file"});
    AtomicWriter<TestType>(folder / "file").commit();
    CHECK(content_of(folder / "file").empty());
}

TEMPLATE_TEST_CASE("without commit the old file stays alone", "", PosixFile, StandardFile)
{
    const ScratchFolder folder;
    put(folder / "file", "old");
    {
        AtomicWriter<TestType> writer(folder / "file"), other(folder / "other");
        writer.write(std::string(200000, 'x'));
        CHECK(folder.names().size() == 3);
        CHECK(content_of(folder / "file") == "old");
    }
    CHECK(folder.names() == Names{"file"});
    CHECK(content_of(folder / "file") == "old");
}

TEMPLATE_TEST_CASE("files that cannot be written are named with the reason", "", PosixFile, StandardFile)
{
    const ScratchFolder folder;
    put(folder / "file", "old");
    const auto message = [](const std::filesystem::path& path) {
        return thrown_by<std::runtime_error>([&] { const AtomicWriter<TestType> writer(path); });
    };
    CHECK(mentions(message(folder / "none/file"), "none/file cannot be written: No such file or directory"));
    CHECK(mentions(message(folder / "file/file"), "file/file cannot be written: "));
    CHECK(mentions(message(folder / "file/"), "file/"));
    CHECK(mentions(message(folder / "."), " is a folder"));
    CHECK(mentions(message(folder / "none/"), " names no file"));
    CHECK(mentions(message(""), " names no file"));
    if (std::filesystem::is_character_file("/dev/null")) {
        CHECK(mentions(message("/dev/null"), "/dev/null is not an ordinary file"));
        CHECK(std::filesystem::is_character_file("/dev/null"));
    }
    CHECK(folder.names() == Names{"file"});
    CHECK(content_of(folder / "file") == "old");
}

TEST_CASE("whichever call of the system fails leaves a whole file and nothing else")
{
    const ScratchFolder folder;
    Faulty::failing = -1;
    Faulty::calls = 0;
    write_all<Faulty>(folder / "file", 'a');
    const int calls = Faulty::calls;
    REQUIRE(calls >= 7);
    for (int failing = 0; failing < calls; ++failing) {
        INFO("call " << failing << " of " << calls);
        Faulty::failing = -1;
        write_all<Faulty>(folder / "file", 'a');
        Faulty::failing = failing;
        Faulty::calls = 0;
        const std::string message = thrown_by<std::runtime_error>([&] { write_all<Faulty>(folder / "file", 'b'); });
        CHECK(mentions(message, (folder / "file").string()));
        CHECK(mentions(message, "No space left on device"));
        const bool written = failing == calls - 1;
        CHECK(mentions(message, written ? "is written, but its folder cannot be flushed" : "cannot be written"));
        CHECK(content_of(folder / "file") == std::string(200000, written ? 'b' : 'a'));
        CHECK(folder.names() == Names{"file"});
    }
}

TEST_CASE("nothing is written or committed after an error or a commit")
{
    const ScratchFolder folder;
    const std::string big(100000, 'x');
    Faulty::failing = -1;
    AtomicWriter<Faulty> writer(folder / "file");
    writer.commit();
    CHECK(mentions(thrown_by<std::invalid_argument>([&] { writer.write("more"); }), "AtomicFile: write after commit"));
    CHECK(mentions(thrown_by<std::invalid_argument>([&] { writer.commit(); }), "AtomicFile: commit after commit"));

    AtomicWriter<Faulty> failed(folder / "file");
    Faulty::failing = Faulty::calls;
    CHECK_THROWS_AS(failed.write(big), std::runtime_error);
    CHECK(mentions(thrown_by<std::invalid_argument>([&] { failed.commit(); }), "commit after an error"));
    CHECK(content_of(folder / "file").empty());
}

TEST_CASE("a rename that fails leaves nothing aside")
{
    const ScratchFolder folder;
    AtomicWriter<StandardFile> writer(folder / "file");
    std::filesystem::create_directory(folder / "file");
    put(folder / "file/inside", "");
    CHECK(mentions(thrown_by<std::runtime_error>([&] { writer.commit(); }), "cannot be written"));
    CHECK(folder.names() == Names{"file"});
}

namespace {

/// What is allocated when the file is made.
struct Watchful : StandardFile {
    static inline std::size_t held = 0;
    std::error_code create(const std::filesystem::path& path, std::filesystem::perms permissions)
    {
        held = allocations::bytes_held();
        return StandardFile::create(path, permissions);
    }
};

}

TEST_CASE("memory that there may be too little of is taken before there is a file to remove")
{
    const ScratchFolder folder;
    const std::size_t before = allocations::bytes_held();
    const AtomicWriter<Watchful> writer(folder / "file");
    CHECK(Watchful::held >= before + 65536);
}

#if MOHS_POSIX

TEST_CASE("calls that write a part are called again and one that writes nothing is an error")
{
    std::string written;
    int calls = 0;
    const auto by_threes = [&](const char* data, std::size_t size) -> ssize_t {
        if (++calls % 2 == 0) {
            errno = EINTR;
            return -1;
        }
        const std::size_t taken = size < 3 ? size : 3;
        written.append(data, taken);
        return static_cast<ssize_t>(taken);
    };
    CHECK(!PosixFile::write_by(by_threes, "0123456789", 10));
    CHECK(written == "0123456789");
    CHECK(calls == 7);
    const auto full_after_four = [&](const char*, std::size_t) -> ssize_t { return ++calls < 12 ? 1 : 0; };
    CHECK(PosixFile::write_by(full_after_four, "0123456789", 10) == std::errc::io_error);
    CHECK(calls == 12);
    CHECK(!PosixFile::write_by(full_after_four, "", 0));
    CHECK(calls == 12);
}

#endif
