#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace review {

/// What is shown of a sample. At least one of text and image is there, unless nothing is known of it.
struct Sample {
    std::string text, label;
    std::string image;  ///< as a data: URL
};

/// By sample id.
using Samples = std::map<std::int64_t, Sample>;

/// Reads samples from JSON lines:
///
///     {"id":3,"text":"where is the station?","label":"travel"}
///     {"id":5,"image":"images/5.png"}
///
/// Images are files of PNG, JPEG, GIF, WebP, AVIF, BMP or SVG, by their names, next to the file that names them or
/// below; they become part of the page. So no other file can: paths from the root and those with .. are refused.
///
/// Throws std::runtime_error with the line for what is none of this, or an id that is there twice.
Samples read_samples(const std::filesystem::path& path);

/// Bytes as a data: URL.
std::string data_url(const std::string& type, const std::string& bytes);

}  // namespace review
