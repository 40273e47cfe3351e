#pragma once

#include "data.hpp"
#include "strategies.hpp"

#include <algorithm>

namespace digits {

/// One mined triplet, by rows of the data file.
struct Example {
    struct Sample {
        Index row = 0;
        std::int64_t label = 0, truth = 0;  ///< the class it is trained as, and the true one
    };
    Sample anchor, positive, negative;
    double positive_distance = 0, negative_distance = 0;
};

/// How often which class was mined as a negative for which.
using ClassCounts = std::map<std::pair<std::int64_t, std::int64_t>, double>;

/// What the page shows of one run besides its scores. Only the run with the first seed keeps it.
struct Details {
    mohs::Matrix before, after;     ///< embeddings of the test rows, before the first and after the last step
    Labels test_labels;             ///< of these rows
    ClassCounts early, late;        ///< class of the anchor and of its negative, in the first and last quarter of steps
    std::vector<Example> examples;  ///< of one batch
    Index example_step = 0;         ///< the steps trained before that batch
};

/// Fills the parts of Details that come from mining.
class Recorder {
public:
    Recorder(Details& details, Index steps) : details_(details), steps_(steps)
    {
        details_.example_step = std::min<Index>(100, steps - 1);
    }

    /// `rows` are the rows of the batch in the data file.
    void record(const mohs::Triplets<Metric>& triplets, Index step, const std::vector<Index>& rows,
                const Labels& labels, const Labels& truth)
    {
        const Index quarter = std::max<Index>(1, steps_ / 4);
        for (ClassCounts* const counts :
             {step < quarter ? &details_.early : nullptr, step >= steps_ - quarter ? &details_.late : nullptr}) {
            for (Index i = 0; counts != nullptr && i < triplets.size(); ++i) {
                const auto anchor = static_cast<std::size_t>(triplets[i].anchor),
                           negative = static_cast<std::size_t>(triplets[i].negative);
                ++(*counts)[{labels[anchor], labels[negative]}];
            }
        }
        if (step != details_.example_step) {
            return;
        }
        const auto sample = [&](Index row) {
            const auto at = static_cast<std::size_t>(row);
            return Example::Sample{rows[at], labels[at], truth[at]};
        };
        for (Index i = 0; i < triplets.size(); ++i) {
            const auto [anchor, positive, negative] = triplets[i];
            details_.examples.push_back({sample(anchor), sample(positive), sample(negative),
                                         triplets.positive_values()[i], triplets.negative_values()[i]});
        }
    }

private:
    Details& details_;
    Index steps_;
};

}  // namespace digits
