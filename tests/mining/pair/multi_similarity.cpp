#include "../../catch.hpp"
#include "../pairs.hpp"

#include <mohs/mining/pair/multi_similarity.hpp>

#include <algorithm>

namespace {

template <class M>
void require_multi_similarity(double epsilon)
{
    const pairs::Problem problem;
    const auto mined = mohs::PairMiner{M{}, mohs::MultiSimilarity{.epsilon = epsilon}}(problem.batch());
    // With the sign of a similarity, farther is smaller.
    const double sign = M::is_similarity ? 1 : -1;
    const auto extreme = [&](mohs::Index anchor, bool positive) {
        std::vector<double> values;
        for (mohs::Index j = 0; j < problem.rows.rows(); ++j) {
            const auto label = [&](mohs::Index row) { return problem.labels[static_cast<std::size_t>(row)]; };
            if (j != anchor && (label(j) == label(anchor)) == positive) {
                values.push_back(sign * pairs::value<M>(problem, anchor, j));
            }
        }
        return values.empty() ? std::nan("")
               : positive     ? *std::min_element(values.begin(), values.end())
                              : *std::max_element(values.begin(), values.end());
    };
    const auto keep_positive = [&](mohs::Index i, mohs::Index, double value) {
        return sign * value - epsilon < extreme(i, false);
    };
    const auto keep_negative = [&](mohs::Index i, mohs::Index, double value) {
        const bool alone = problem.labels[static_cast<std::size_t>(i)] == 99;
        return !alone && sign * value + epsilon > extreme(i, true);
    };
    CHECK(pairs::set_of(mined.positives) == pairs::expected<M>(problem, true, keep_positive));
    CHECK(pairs::set_of(mined.negatives) == pairs::expected<M>(problem, false, keep_negative));
    CHECK(mined.report.no_positive == 1);
}

}

TEST_CASE("multi-similarity keeps pairs that are hard next to the hardest of the other kind")
{
    // On the grid, epsilons that are multiples of its step meet equality.
    for (const double epsilon : {0.0, 0.125, 1.0}) {
        require_multi_similarity<mohs::DotProduct>(epsilon);
        require_multi_similarity<mohs::SquaredEuclidean>(epsilon);
    }
}

TEST_CASE("multi-similarity compares with the hardest of the other kind in any batch or gallery", "[threads]")
{
    const double epsilon = 0.25;
    // How far is a similarity, negated: the definitions of distances then hold for both.
    const auto check = [&](auto metric) {
        using M = decltype(metric);
        const auto rule = [=](bool positive, double value, const auto& positives, const auto& negatives) {
            const auto nearer = [](const auto& a, const auto& b) { return a.far < b.far; };
            const double far = M::is_similarity ? -value : value;
            if (positives.empty() || negatives.empty()) {
                return false;
            }
            return positive ? far + epsilon > std::min_element(negatives.begin(), negatives.end(), nearer)->far
                            : far - epsilon < std::max_element(positives.begin(), positives.end(), nearer)->far;
        };
        CHECK(pairs::fault<M>(mohs::MultiSimilarity{.epsilon = epsilon}, rule) == "");
    };
    check(mohs::Euclidean{});
    check(mohs::Cosine{});
}

TEST_CASE("multi-similarity refuses a negative epsilon")
{
    CHECK_THROWS_AS((mohs::PairMiner{mohs::Cosine{}, mohs::MultiSimilarity{.epsilon = -0.1}}), std::invalid_argument);
}
