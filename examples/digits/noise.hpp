#pragma once

#include "data.hpp"

namespace digits {

/// Label noise: a share of the labels, chosen at random without replacement, is redrawn uniformly over all `classes`,
/// so that some of them come out as they were. What is wrong afterwards is known, which real noise never tells.
inline void redraw_labels(Labels& labels, double share, const Labels& classes, Random random)
{
    std::vector<std::size_t> rows(labels.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i] = i;
    }
    const auto count = static_cast<std::size_t>(std::lround(share * static_cast<double>(labels.size())));
    random.draw(rows, count);
    for (std::size_t i = 0; i < count; ++i) {
        labels[rows[i]] = classes[random.below(classes.size())];
    }
}

/// The classes that occur, ascending.
inline Labels distinct(const Labels& labels)
{
    Labels classes;
    for (const auto& [label, size] : class_sizes(labels)) {
        classes.push_back(label);
    }
    return classes;
}

}  // namespace digits
