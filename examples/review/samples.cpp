#include "samples.hpp"

#include <mohs/detail/adapter/strict_json.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

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
        throw mohs::detail::BadText("the image " + mohs::detail::in_quotes(path.string()) + " is of no known type");
    }
    std::ifstream stream(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    if (!stream || bytes.empty()) {
        throw mohs::detail::BadText("the image " + mohs::detail::in_quotes(path.string()) + " cannot be read");
    }
    return data_url("image/" + type->second, bytes);
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
    mohs::detail::read_json_lines("read_samples", stream, [&](const mohs::detail::JsonFields& fields) {
        const std::optional<std::int64_t> id = fields.sample("id");
        if (!id) {
            throw mohs::detail::BadText("there is no field id");
        }
        Sample sample;
        for (const auto& [field, to] : {std::pair{"text", &sample.text}, std::pair{"label", &sample.label}}) {
            if (const nlohmann::json* found = fields.find(field)) {
                *to = found->is_number() ? found->dump() : fields.text(field);
            }
        }
        if (fields.find("image") != nullptr) {
            sample.image = image_url(path.parent_path() / fields.text("image"));
        }
        if (!samples.emplace(*id, std::move(sample)).second) {
            throw mohs::detail::BadText("sample " + std::to_string(*id) + " is there twice");
        }
    });
    return samples;
}

}  // namespace review
