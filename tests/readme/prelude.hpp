#pragma once

// What the fragments of the README take for granted.

#include <mohs/mohs.hpp>

#include <cstdint>
#include <vector>

namespace readme {

struct Model {
    mohs::Matrix weights = mohs::Matrix::Random(16, 8);

    mohs::Matrix forward(const mohs::Matrix& images) const { return images * weights; }
    void backward(const mohs::Matrix& gradient) const { static_cast<void>(gradient); }
};

inline const Model model, query_tower, item_tower;
inline const mohs::Matrix images = mohs::Matrix::Random(32, 16);
inline const mohs::Matrix gallery_images = mohs::Matrix::Random(32, 16);

inline std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t divisor)
{
    std::vector<std::int64_t> values(32);
    for (std::int64_t& value : values) {
        value = first++ % divisor;
    }
    return values;
}
inline const std::vector<std::int64_t> labels = numbers(0, 8), gallery_labels = numbers(0, 8);
inline const std::vector<std::int64_t> image_numbers = numbers(0, 100), gallery_numbers = numbers(16, 100);

inline const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
inline const mohs::TripletLoss loss{miner.metric(), {.margin = 0.2}};

}  // namespace readme
