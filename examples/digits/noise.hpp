#pragma once

#include "data.hpp"

namespace digits {

/// Which training labels are made wrong. What is wrong afterwards is known, which real noise never tells.
enum class NoiseKind {
    none,
    uniform,          ///< rows drawn at random, redrawn over all classes, so that some of them come out as they were
    class_dependent,  ///< rows drawn at random from every class, which get the class that it is most often mistaken for
    instance_dependent,  ///< the rows that a linear classifier is least sure of, which get its next choice
};

/// Redraws labels uniformly over all `classes`: a share of them, chosen at random without replacement.
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

/// For every row the class that it would most likely be mistaken for, and how sure a linear classifier is that it is
/// not
/// that: the difference of the scores of its own class and of the best other one. The classifier is least squares on
/// the rows themselves, with a little ridge, a column of 1 and 1 for the row's class.
struct NextChoices {
    Labels labels;
    std::vector<double> margins;
};
NextChoices next_choices(const mohs::Matrix& features, const Labels& labels);

/// Makes about a share of the labels wrong. The classifier of the last two kinds sees labels that are right.
void add_noise(Labels& labels, const mohs::Matrix& features, NoiseKind kind, double share, const Labels& classes,
               Random random);

}  // namespace digits
