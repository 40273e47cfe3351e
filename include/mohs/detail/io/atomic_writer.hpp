#pragma once

/// \file
/// Writing aside and renaming, over whatever writes files: PosixFile, StandardFile, or one that fails on demand.

#include <mohs/detail/base/check.hpp>
#include <mohs/detail/io/file_error.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// What AtomicFile promises (atomic_file.hpp), with `File` for the system.
template <class File>
class AtomicWriter {
public:
    explicit AtomicWriter(std::filesystem::path path) : path_(std::move(path)), target_(path_)
    {
        std::error_code error;
        const std::filesystem::file_status status = std::filesystem::status(path_, error);
        auto permissions = std::filesystem::perms{0666};  // less what the process masks
        if (std::filesystem::exists(status)) {
            // A device or a pipe would be replaced by a file.
            if (!std::filesystem::is_regular_file(status)) {
                fail(std::filesystem::is_directory(status) ? "is a folder" : "is not an ordinary file");
            }
            permissions = status.permissions();
        }
        follow_links();
        if (!target_.has_filename()) {
            fail("names no file");
        }
        // The current folder may be another one by the time of `commit`.
        target_ = std::filesystem::absolute(target_, error);
        if (error) {
            fail("cannot be written", error);
        }
        buffer_.reserve(buffer_size);  // may throw, so before there is a file to remove
        create(permissions);
        if (std::filesystem::exists(status)) {
            std::filesystem::permissions(aside_, permissions, error);  // also what the process masks
        }
    }

    AtomicWriter(const AtomicWriter&) = delete;
    AtomicWriter& operator=(const AtomicWriter&) = delete;
    ~AtomicWriter()
    {
        if (state_ == State::writing) {
            remove();
        }
    }

    void write(std::string_view bytes)
    {
        require_writing("write");
        if (buffer_.size() + bytes.size() <= buffer_size) {
            buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
            return;
        }
        empty_buffer();
        if (bytes.size() <= buffer_size) {
            buffer_.assign(bytes.begin(), bytes.end());
        } else {
            throw_if(file_.write(bytes.data(), bytes.size()));
        }
    }

    void commit()
    {
        require_writing("commit");
        empty_buffer();
        throw_if(file_.flush());
        throw_if(file_.close());
        std::error_code error;
        std::filesystem::rename(aside_, target_, error);
        throw_if(error);
        state_ = State::committed;
        error = File::flush_folder(folder());
        if (error) {
            fail("is written, but its folder cannot be flushed, and a loss of power may undo it", error);
        }
    }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    enum class State { writing, failed, committed };
    static constexpr std::size_t buffer_size = std::size_t{1} << 16;

    [[nodiscard]] std::filesystem::path folder() const { return target_.parent_path(); }

    /// A link stays, and what it leads to is written, whether that is there yet or not.
    void follow_links()
    {
        constexpr int most_links = 40;  // as Linux
        std::error_code error;
        for (int links = 0; std::filesystem::is_symlink(std::filesystem::symlink_status(target_, error)); ++links) {
            const std::filesystem::path next = std::filesystem::read_symlink(target_, error);
            if (!error && links == most_links) {
                error = std::make_error_code(std::errc::too_many_symbolic_link_levels);
            }
            if (error) {
                fail("cannot be written", error);
            }
            target_ = target_.parent_path() / next;  // which is `next` where that is absolute
        }
    }

    void create(std::filesystem::perms permissions)
    {
        const std::string tag = File::tag();
        std::error_code error;
        // Numbers that are taken: other files that this process writes, or what one that was killed left.
        for (int number = 0; number == 0 || (error == std::errc::file_exists && number < 100000); ++number) {
            // Not the name of the file and more: that may be too long for the file system.
            aside_ = folder() / (".mohs-" + tag + "-" + std::to_string(number) + ".part");
            error = file_.create(aside_, permissions);
        }
        if (error) {
            state_ = State::failed;
            fail("cannot be written", error);
        }
    }

    void empty_buffer()
    {
        throw_if(file_.write(buffer_.data(), buffer_.size()));
        buffer_.clear();
    }

    void require_writing(const char* verb) const
    {
        if (state_ != State::writing) {
            throw_invalid(std::string("AtomicFile: ") + verb + " after " +
                          (state_ == State::failed ? "an error" : "commit") + ", of " + path_.string());
        }
    }

    /// What is written aside is of no use after an error.
    void throw_if(std::error_code error)
    {
        if (error) {
            remove();
            state_ = State::failed;
            fail("cannot be written", error);
        }
    }

    void remove()
    {
        static_cast<void>(file_.close());
        std::error_code error;
        std::filesystem::remove(aside_, error);
    }

    [[noreturn]] void fail(const std::string& what) const { throw_file_error("AtomicFile", path_, what); }
    [[noreturn]] void fail(const std::string& what, std::error_code error) const
    {
        fail(what + ": " + error.message());
    }

    std::filesystem::path path_, target_, aside_;
    File file_;
    std::vector<char> buffer_;
    State state_ = State::writing;
};

}  // namespace mohs::inline MOHS_ABI::detail
