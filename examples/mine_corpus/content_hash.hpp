#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mine_corpus {

/// FNV-1a over everything that is added, parts told from one another.
class ContentHash {
public:
    void add_bytes(std::string_view bytes)
    {
        for (const char c : bytes) {
            hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        }
    }
    void add(std::string_view text)
    {
        add_bytes(std::to_string(text.size()) + ":");
        add_bytes(text);
    }
    /// What is in a file; an empty path is one that was not given.
    void add_file(const std::string& path)
    {
        if (path.empty()) {
            return add("no file");
        }
        std::ifstream file(path, std::ios::binary);
        if (!file) {
            throw std::runtime_error(path + ": cannot be read: " + std::strerror(errno));
        }
        std::vector<char> bytes(1 << 16);
        std::uint64_t size = 0;
        while (file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) || file.gcount() > 0) {
            size += static_cast<std::uint64_t>(file.gcount());
            add_bytes({bytes.data(), static_cast<std::size_t>(file.gcount())});
        }
        add("a file of " + std::to_string(size));
    }

    [[nodiscard]] std::uint64_t value() const { return hash_; }
    /// 16 hexadecimal digits.
    [[nodiscard]] std::string text() const
    {
        std::string result(16, '0');
        for (std::size_t digit = 0; digit < 16; ++digit) {
            result[digit] = "0123456789abcdef"[(hash_ >> (60 - 4 * digit)) & 15];
        }
        return result;
    }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace mine_corpus
