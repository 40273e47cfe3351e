#include "samples.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace review {

namespace {

std::string base64(const std::string& bytes)
{
    constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string result;
    result.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            result += at + i <= bytes.size() ? digits[bits >> (18 - 6 * i) & 63] : '=';
        }
    }
    return result;
}

/// The name of an image as a path below `folder`.
std::filesystem::path below(const std::filesystem::path& folder, const std::string& name)
{
    const std::filesystem::path path(name);
    if (path.has_root_path() || std::find(path.begin(), path.end(), "..") != path.end()) {
        throw std::runtime_error("the image '" + name + "' is not in the folder of this file or below");
    }
    return folder / path;
}

std::string image_url(const std::filesystem::path& path)
{
    static const std::map<std::string, std::string> types{{".png", "png"}, {".jpg", "jpeg"},   {".jpeg", "jpeg"},
                                                          {".gif", "gif"}, {".webp", "webp"},  {".avif", "avif"},
                                                          {".bmp", "bmp"}, {".svg", "svg+xml"}};
    std::string ending = path.extension().string();
    for (char& c : ending) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    const auto type = types.find(ending);
    if (type == types.end()) {
        throw std::runtime_error("the image '" + path.string() + "' is of no known type");
    }
    std::ifstream stream(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    if (!stream || bytes.empty()) {
        throw std::runtime_error("the image '" + path.string() + "' cannot be read");
    }
    return data_url("image/" + type->second, bytes);
}

/// A sample id: an integer, or its digits as a string, because many languages have no integers of 64 bits.
std::int64_t id_of(const nlohmann::json& value)
{
    const std::string text = value.is_string()                                       ? value.get<std::string>()
                             : value.is_number_integer() && !value.is_number_float() ? value.dump()
                                                                                     : "";
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        throw std::runtime_error("the field id must be an integer of 64 bits");
    }
    return id;
}

Sample sample_of(const nlohmann::json& fields, const std::filesystem::path& folder)
{
    Sample sample;
    for (const auto& [field, to] : {std::pair{"text", &sample.text}, std::pair{"label", &sample.label}}) {
        const nlohmann::json found = fields.value(field, nlohmann::json());
        if (!found.is_null() && !found.is_number() && !found.is_string()) {
            throw std::runtime_error(std::string("the field ") + field + " must be a string");
        }
        *to = found.is_number() ? found.dump() : found.is_string() ? found.get<std::string>() : "";
    }
    const nlohmann::json image = fields.value("image", nlohmann::json());
    if (!image.is_null()) {
        if (!image.is_string()) {
            throw std::runtime_error("the field image must be a string");
        }
        sample.image = image_url(below(folder, image.get<std::string>()));
    }
    return sample;
}

}  // namespace

std::string data_url(const std::string& type, const std::string& bytes)
{
    return "data:" + type + ";base64," + base64(bytes);
}

Samples read_samples(const std::filesystem::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        throw std::runtime_error(path.string() + ": cannot be read: " + std::strerror(errno));
    }
    Samples samples;
    std::string line;
    for (std::size_t number = 1; std::getline(stream, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) {
            continue;
        }
        const auto refuse = [&](const std::string& what) {
            throw std::runtime_error(path.string() + ": line " + std::to_string(number) + ": " + what);
        };
        try {
            const nlohmann::json fields = nlohmann::json::parse(line);
            if (!fields.is_object() || !fields.contains("id")) {
                throw std::runtime_error(fields.is_object() ? "there is no field id" : "is no JSON object");
            }
            const std::int64_t id = id_of(fields.at("id"));
            if (!samples.emplace(id, sample_of(fields, path.parent_path())).second) {
                throw std::runtime_error("sample " + std::to_string(id) + " is there twice");
            }
        } catch (const nlohmann::json::exception& error) {
            refuse(std::string("not JSON: ") + error.what());
        } catch (const std::runtime_error& error) {
            refuse(error.what());
        }
    }
    return samples;
}

}  // namespace review
