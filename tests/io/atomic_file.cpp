#include <mohs/io/atomic_file.hpp>

#include "../catch.hpp"
#include "scratch_folder.hpp"

#include <optional>
#include <string>
#include <vector>

#if MOHS_POSIX
#include <sys/resource.h>
#include <sys/wait.h>
#include <csignal>
#endif

namespace {

using Names = std::vector<std::string>;
using mohs::AtomicFile;

void write_file(const std::filesystem::path& path, const std::string& content)
{
    AtomicFile file(path);
    file.write(content);
    file.commit();
}

}

TEST_CASE("a committed file replaces the old one")
{
    const ScratchFolder folder;
    const std::filesystem::path path = folder / "file";
    put(path, "old content");
    AtomicFile file(path);
    const int number = 258;
    file.write("new\n");
    file.write(&number, sizeof(number));
    CHECK(content_of(path) == "old content");
    CHECK(file.path() == path);
    file.commit();
    CHECK(content_of(path) == "new\n" + std::string(reinterpret_cast<const char*>(&number), sizeof(number)));
    CHECK(folder.names() == Names{"file"});
}

TEST_CASE("an exception on the way leaves the old file")
{
    const ScratchFolder folder;
    put(folder / "file", "old");
    CHECK_THROWS_AS(
        [&] {
            AtomicFile file(folder / "file");
            file.write("half");
            throw std::logic_error("the other half is missing");
        }(),
        std::logic_error);
    CHECK(content_of(folder / "file") == "old");
    CHECK(folder.names() == Names{"file"});
}

TEST_CASE("of two that write one file the last to commit wins")
{
    const ScratchFolder folder;
    AtomicFile first(folder / "file"), second(folder / "file");
    first.write("first");
    second.write("second");
    second.commit();
    CHECK(content_of(folder / "file") == "second");
    first.commit();
    CHECK(content_of(folder / "file") == "first");
    CHECK(folder.names() == Names{"file"});
}

TEST_CASE("a file in the current folder and one with the longest name are written")
{
    const ScratchFolder folder;
    const std::string longest(255, 'n');
    write_file(folder / longest, "content");
    CHECK(content_of(folder / longest) == "content");

    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(folder / "");
    write_file("bare", "content");
    std::filesystem::current_path(before);
    CHECK(content_of(folder / "bare") == "content");
}

TEST_CASE("a relative path stays where it was when the current folder changes")
{
    const ScratchFolder folder;
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::create_directory(folder / "elsewhere");
    std::filesystem::current_path(folder / "");
    {
        AtomicFile committed("bare"), given_up("other");
        committed.write("content");
        std::filesystem::current_path(folder / "elsewhere");
        committed.commit();
        CHECK(committed.path() == "bare");
    }
    std::filesystem::current_path(before);
    CHECK(content_of(folder / "bare") == "content");
    CHECK(folder.names() == Names{"bare", "elsewhere"});
    CHECK(std::filesystem::is_empty(folder / "elsewhere"));
}

#if MOHS_POSIX

namespace {

/// Runs `body` in a process of its own, which it must not return from with an exception; its exit status.
template <class Body>
int status_in_child(const Body& body)
{
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(body());
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}

TEST_CASE("links stay and permissions are kept")
{
    using std::filesystem::perms;
    const ScratchFolder folder;
    std::filesystem::create_directory(folder / "runs");
    put(folder / "runs/file", "old");
    std::filesystem::permissions(folder / "runs/file", perms{0626});
    std::filesystem::create_symlink("runs/file", folder / "latest");
    write_file(folder / "latest", "new");
    CHECK(std::filesystem::is_symlink(folder / "latest"));
    CHECK(content_of(folder / "runs/file") == "new");
    CHECK(std::filesystem::status(folder / "runs/file").permissions() == perms{0626});

    const mode_t mask = ::umask(027);
    write_file(folder / "fresh", "new");
    ::umask(mask);
    CHECK(std::filesystem::status(folder / "fresh").permissions() == perms{0640});
}

TEST_CASE("what a link leads to is made where it is not there yet")
{
    const ScratchFolder folder;
    std::filesystem::create_directory(folder / "runs");
    std::filesystem::create_directory(folder / "links");
    std::filesystem::create_symlink("../runs/file", folder / "links/latest");
    std::filesystem::create_symlink("links/latest", folder / "relative");
    std::filesystem::create_symlink(folder / "runs/other", folder / "absolute");
    write_file(folder / "relative", "new");
    write_file(folder / "absolute", "other");
    CHECK(std::filesystem::is_symlink(folder / "relative"));
    CHECK(std::filesystem::is_symlink(folder / "links/latest"));
    CHECK(std::filesystem::is_symlink(folder / "absolute"));
    CHECK(content_of(folder / "runs/file") == "new");
    CHECK(content_of(folder / "runs/other") == "other");

    std::filesystem::create_symlink("none/file", folder / "nowhere");
    std::filesystem::create_symlink("circle", folder / "circle");
    for (const char* name : {"nowhere", "circle"}) {
        CHECK(mentions(thrown_by<std::runtime_error>([&] { write_file(folder / name, "new"); }),
                       std::string(name) + " cannot be written: "));
        CHECK(std::filesystem::is_symlink(folder / name));
    }
    CHECK(folder.names() == Names{"absolute", "circle", "links", "nowhere", "relative", "runs"});
}

TEST_CASE("a disk without room is an error that leaves the old file")
{
    const ScratchFolder folder;
    const std::filesystem::path path = folder / "file";
    put(path, "old");
    // What stands for a full disk: a limit on the size of files.
    CHECK(status_in_child([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{100000, 100000};
              if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) {
                  return 2;
              }
              const std::string message =
                  thrown_by<std::runtime_error>([&] { write_file(path, std::string(500000, 'x')); });
              return message == "mohs::AtomicFile: " + path.string() + " cannot be written: File too large" ? 0 : 1;
          }) == 0);
    CHECK(content_of(path) == "old");
    CHECK(folder.names() == Names{"file"});
}

TEST_CASE("a process that is killed while it writes leaves the old file whole")
{
    const ScratchFolder folder;
    const std::filesystem::path path = folder / "file";
    put(path, "old");
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        AtomicFile file(path);
        file.write(std::string(1000000, 'x'));
        static_cast<void>(!::write(ends[1], "x", 1));
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ends[0], &byte, 1) == 1);
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    ::close(ends[0]);
    ::close(ends[1]);
    CHECK(content_of(path) == "old");

    // The next process is not in the way of what this one left, even if it has the same number.
    CHECK(folder.names().size() == 2);
    put(folder / (".mohs-" + std::to_string(::getpid()) + "-0.part"), "of a process with this number");
    write_file(path, "new");
    CHECK(content_of(path) == "new");
}

TEST_CASE("a file is whole whenever its writer is killed")
{
    const ScratchFolder folder;
    const std::filesystem::path path = folder / "file";
    constexpr std::size_t size = 300000;
    write_file(path, std::string(size, 'a'));
    for (useconds_t patience = 100; patience < 20000; patience = patience * 3 / 2) {
        const pid_t child = ::fork();
        if (child == 0) {
            for (char letter = 'b';; letter = letter == 'z' ? 'b' : static_cast<char>(letter + 1)) {
                write_file(path, std::string(size, letter));
            }
        }
        ::usleep(patience);
        ::kill(child, SIGKILL);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        const std::string content = content_of(path);
        REQUIRE(content.size() == size);
        REQUIRE(content == std::string(size, content.front()));
    }
}

#endif
