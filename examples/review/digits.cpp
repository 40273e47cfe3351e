#include "digits.hpp"

#include <mohs/judge/neighbour_consensus.hpp>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace review {

namespace {

using mohs::Index;

constexpr Index side = 8;

/// A picture of 8 x 8 pixels from 0 to 16 as a bitmap file, dark on light.
std::string bitmap(const mohs::Matrix& pixels, Index row)
{
    std::string result = "BM";
    const auto append = [&](std::uint32_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) {
            result += static_cast<char>(value >> (8 * i) & 255U);
        }
    };
    constexpr std::uint32_t header = 54, size = 3 * side * side;
    for (const std::uint32_t word : {header + size, 0U, header, 40U, std::uint32_t{side}, std::uint32_t{side}}) {
        append(word, 4);
    }
    append(1, 2);
    append(24, 2);
    for (const std::uint32_t word : {0U, size, 2835U, 2835U, 0U, 0U}) {
        append(word, 4);
    }
    for (Index y = side; y-- > 0;) {
        for (Index x = 0; x < side; ++x) {
            const auto grey = static_cast<std::uint32_t>(255 - 15 * pixels(row, y * side + x));
            append(grey | grey << 8 | grey << 16, 3);
        }
    }
    return result;
}

}  // namespace

Demonstration demonstrate_on_digits(const std::filesystem::path& csv)
{
    std::ifstream stream(csv);
    std::vector<float> values;
    std::vector<std::int64_t> labels;
    std::mt19937 random(1);
    for (std::string line; std::getline(stream, line);) {
        std::replace(line.begin(), line.end(), ',', ' ');
        std::istringstream fields(line);
        for (Index i = 0; i < side * side; ++i) {
            fields >> values.emplace_back();
        }
        std::int64_t label = 0;
        if (!(fields >> label)) {
            throw std::runtime_error(csv.string() + ": a line is not of 64 pixels and a label");
        }
        labels.push_back(random() % 10 == 0 ? static_cast<std::int64_t>(random() % 10) : label);
    }
    const auto rows = static_cast<Index>(labels.size());
    const mohs::Matrix pixels = Eigen::Map<const mohs::Matrix>(values.data(), rows, side * side);
    const mohs::Batch batch{pixels, labels};

    mohs::Suspects suspects = mohs::NeighbourConsensus{mohs::Cosine{}}(batch).suspects();
    const auto positives = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 1, .among = mohs::Among::positives}}(batch);
    const auto negatives = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 1, .among = mohs::Among::negatives}}(batch);
    for (Index row = 0; row < rows; ++row) {
        if (negatives.count(row) > 0 && negatives.value(row, 0) > 0.97) {
            suspects.push_back({.of = mohs::Suspicion::negative,
                                .anchor = row,
                                .candidate = negatives.index(row, 0),
                                .positive = positives.count(row) > 0 ? positives.index(row, 0) : -1,
                                .score = negatives.value(row, 0),
                                .reason = "near_duplicate"});
        }
    }

    Demonstration result;
    result.queue.add(suspects, batch);
    for (Index row = 0; row < rows; ++row) {
        result.samples[row] = {
            .text = {}, .label = std::to_string(batch.label(row)), .image = data_url("image/bmp", bitmap(pixels, row))};
    }
    return result;
}

}  // namespace review
