#pragma once

#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>

/// What a reader says of a text that it refuses by std::runtime_error, and nothing else.
inline std::string refusal_of(const std::function<void(std::istream&)>& read, const std::string& text)
{
    std::istringstream stream(text);
    try {
        read(stream);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "it was read";
}

inline bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}
