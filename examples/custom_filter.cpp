// Two filters of your own, checked against a plain loop: one looks at rows alone, one at values, and says its limits,
// so that scores decide nearly all of it. The exit status says whether both agree.

#include <mohs/mohs.hpp>

#include <iostream>
#include <vector>

using mohs::Index;

// Rejects negatives that come from the same source as the anchor, as crops of one photograph do.
struct SameSource {
    static constexpr const char* name = "rejected_same_source";
    static constexpr bool needs_positive = false;

    const std::vector<int>& source;  // of every row

    // Called from several threads.
    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return source[static_cast<std::size_t>(query.anchor().row)] ==
               source[static_cast<std::size_t>(query.negative().row)];
    }
};

// Rejects negatives that are closer to the anchor than half of its distance to the positive.
struct CloserThanHalf {
    static constexpr const char* name = "rejected_closer_than_half";
    static constexpr bool needs_positive = true;

    // Values that are surely rejected: strictly closer than the first. `nothing_else` is rejected, and the value of the
    // positive may be off by an error, of which half matters here.
    template <class M>
    [[nodiscard]] mohs::ValueLimits limits(const mohs::KnownPositive& positive) const
    {
        static_assert(!M::is_similarity, "half of a similarity is no bound");
        return {.closest = positive.value / 2, .farthest = {}, .nothing_else = true, .error = positive.error / 2};
    }

    // Asked where rounding leaves it open; values are exact.
    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return query.value() < query.positive_value() / 2;
    }
};

int main()
{
    // Integers: their squared distances are exact.
    const mohs::Matrix rows = (mohs::Matrix::Random(300, 3) * 6).array().round();
    const Eigen::VectorXi labels = Eigen::VectorXi::LinSpaced(300, 0, 299) / 3;
    std::vector<int> source(300);
    for (std::size_t row = 0; row < source.size(); ++row) {
        source[row] = static_cast<int>(row % 7);
    }
    const mohs::TripletMiner miner{mohs::SquaredEuclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                   SameSource{source}, CloserThanHalf{}};
    const auto triplets = miner(mohs::Batch{rows, labels});

    const auto distance = [&](Index a, Index b) { return (rows.row(a) - rows.row(b)).squaredNorm(); };
    Index wrong = triplets.size() + triplets.report.all_filtered != rows.rows();
    for (const auto [anchor, positive, negative] : triplets) {
        Index expected = -1;
        for (Index row = 0; row < rows.rows(); ++row) {
            const bool rejected = row % 7 == anchor % 7 || distance(anchor, row) < distance(anchor, positive) / 2;
            if (labels[row] != labels[anchor] && !rejected &&
                (expected < 0 || distance(anchor, row) < distance(anchor, expected))) {
                expected = row;
            }
        }
        wrong += negative != expected;
    }
    std::cout << triplets.size() << " triplets, " << wrong << " wrong\n";
    for (std::size_t filter = 0; filter < 2; ++filter) {
        std::cout << triplets.report.filter_names[filter] << ": " << triplets.report.rejected[filter] << '\n';
    }
    return wrong == 0 && triplets.report.rejected[0] > 0 && triplets.report.rejected[1] > 0 ? 0 : 1;
}
