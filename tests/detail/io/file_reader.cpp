// Covers detail/io/posix_reader.hpp, detail/io/standard_reader.hpp.

#include <mohs/detail/io/file_reader.hpp>

#include "../../catch.hpp"
#include "../../io/scratch_folder.hpp"

#if MOHS_POSIX
#include <sys/stat.h>
#endif

namespace {

using mohs::detail::BasicFileReader;
using mohs::detail::StandardReader;
#if MOHS_POSIX
using mohs::detail::PosixReader;
#else
using PosixReader = StandardReader;
#endif

}

TEMPLATE_TEST_CASE("a file is read at any place", "", PosixReader, StandardReader)
{
    const ScratchFolder folder;
    const auto path = folder / "file";
    put(path, "0123456789");
    const BasicFileReader<TestType> file("reader", path);
    CHECK(file.size() == 10);
    CHECK(file.path() == path);
    std::string text(4, ' ');
    for (const std::uint64_t offset : {6U, 0U, 3U}) {
        file.read(offset, text.data(), 4);
        CHECK(text == std::string("0123456789").substr(offset, 4));
    }
    file.read(10, text.data(), 0);
    file.read(20, nullptr, 0);
    file.check_size();
    const std::string shorter = "mohs::reader: " + path.string() + " became shorter while it was read";
    CHECK(thrown_by<std::runtime_error>([&] { file.read(7, text.data(), 4); }) == shorter);
    CHECK(thrown_by<std::runtime_error>([&] { file.read(std::uint64_t{1} << 60, text.data(), 4); }) == shorter);
    CHECK(mentions(thrown_by<std::runtime_error>([&] { file.read(~std::uint64_t{0} - 2, text.data(), 4); }),
                   "cannot be read: "));
    file.read(2, text.data(), 4);
    CHECK(text == "2345");

    std::filesystem::resize_file(path, 9);
    CHECK(thrown_by<std::runtime_error>([&] { file.check_size(); }) == shorter);
    put(path, "0123456789 and more");
    file.check_size();
    CHECK(file.size() == 10);
}

TEMPLATE_TEST_CASE("files that cannot be read are named with the reason", "", PosixReader, StandardReader)
{
    const ScratchFolder folder;
    put(folder / "file", "x");
    const auto message = [](const std::filesystem::path& path) {
        return thrown_by<std::runtime_error>([&] { const BasicFileReader<TestType> file("reader", path); });
    };
    CHECK(message(folder / "none") ==
          "mohs::reader: " + (folder / "none").string() + " cannot be read: No such file or directory");
    CHECK(mentions(message(folder / "file/file"), "file/file cannot be read: "));
    CHECK(mentions(message(folder / "."), " is a folder"));
    CHECK(mentions(message(""), "cannot be read: "));
    if (std::filesystem::is_character_file("/dev/zero")) {
        CHECK(mentions(message("/dev/zero"), "/dev/zero is not an ordinary file"));
    }
#if MOHS_POSIX
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(mentions(message(folder / "pipe"), "pipe is not an ordinary file"));
#endif
}

TEMPLATE_TEST_CASE("a file is mapped where the system can", "", PosixReader, StandardReader)
{
    const ScratchFolder folder;
    put(folder / "file", "0123456789");
    put(folder / "empty", "");
    BasicFileReader<TestType> file("reader", folder / "file"), empty("reader", folder / "empty");
    CHECK(file.mapped() == nullptr);
    file.map();
    empty.map();
    CHECK(empty.mapped() == nullptr);
    CHECK((file.mapped() != nullptr) == !std::is_same_v<TestType, StandardReader>);
    if (file.mapped() != nullptr) {
        CHECK(std::string(reinterpret_cast<const char*>(file.mapped()), 10) == "0123456789");
    }
}
