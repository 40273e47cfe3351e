#pragma once

#include "samples.hpp"

#include <mohs/review/review_queue.hpp>

namespace review {

/// Something to try the page on.
struct Demonstration {
    mohs::ReviewQueue queue;
    Samples samples;
};

/// Handwritten digits of which one label in ten was drawn anew: suspected are labels that most neighbours contradict,
/// and negatives that are closest to their anchor. Neighbours are those of the pixels.
Demonstration demonstrate_on_digits(const std::filesystem::path& csv);

}  // namespace review
