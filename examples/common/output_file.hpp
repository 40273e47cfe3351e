#pragma once

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

namespace examples {

/// A file that is written at the end of long work, but opened before it, so that what cannot be written is known early.
class OutputFile {
public:
    explicit OutputFile(std::string path) : path_(std::move(path)), stream_(path_, std::ios::binary | std::ios::app)
    {
        if (!stream_) {
            throw std::runtime_error(path_ + ": cannot be written: " + std::strerror(errno));
        }
    }

    [[nodiscard]] const std::string& path() const { return path_; }

    /// Replaces what was there by what `write(stream)` writes. Throws std::runtime_error if it does not fit.
    template <class Write>
    void replace(Write write)
    {
        stream_.close();
        stream_.open(path_, std::ios::binary | std::ios::trunc);
        write(stream_);
        stream_.close();
        if (!stream_) {
            throw std::runtime_error(path_ + ": could not be written completely");
        }
    }

private:
    std::string path_;
    std::ofstream stream_;
};

}  // namespace examples
