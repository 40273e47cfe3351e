#pragma once

#include "../catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

/// A folder of a test's own, which goes when the test ends.
class ScratchFolder {
public:
    ScratchFolder()
    {
        std::random_device random;
        do {
            path_ = std::filesystem::temp_directory_path() / ("mohs-test-" + std::to_string(random()));
        } while (!std::filesystem::create_directory(path_));
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder()
    {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }

    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

    /// What is in it, hidden files too, sorted.
    [[nodiscard]] std::vector<std::string> names() const
    {
        std::vector<std::string> result;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            result.push_back(entry.path().filename().string());
        }
        std::sort(result.begin(), result.end());
        return result;
    }

private:
    std::filesystem::path path_;
};

inline std::string content_of(const std::filesystem::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        throw std::runtime_error("no file " + path.string());
    }
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline void put(const std::filesystem::path& path, const std::string& content)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

/// The message of what a call throws as `Error`.
template <class Error, class Function>
std::string thrown_by(const Function& function)
{
    try {
        function();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

/// Whether `part` is in the text, which is shown if it is not.
inline bool mentions(const std::string& text, const std::string& part)
{
    UNSCOPED_INFO(text);
    return text.find(part) != std::string::npos;
}
