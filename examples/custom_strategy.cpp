// Three strategies of your own, each checked against a plain loop: one recombined from the words of strategy.hpp, one
// that draws with a weight, one that chooses. The exit status says whether all agree.

#include <mohs/mohs.hpp>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

using mohs::Index;

const mohs::Matrix points = (mohs::Matrix::Random(240, 8) * 4).array().round();  // integers: their distances are exact
const Eigen::VectorXi classes = Eigen::VectorXi::LinSpaced(240, 0, 239) / 4;
const mohs::Batch batch{points, classes};

double distance(Index a, Index b)
{
    return static_cast<double>((points.row(a) - points.row(b)).squaredNorm());
}
bool is_negative(Index anchor, Index row)
{
    return classes[anchor] != classes[row];
}

// Recombined: the farthest negative that is within 30 of the positive, and beyond it.
struct FarthestSemiHard {
    static constexpr mohs::Pick negative_pick = mohs::Pick::farthest;
    static constexpr mohs::Beyond beyond = mohs::Beyond::positive;
    static constexpr mohs::Within within = mohs::Within::margin;
    double margin = 30;
};

int wrong_recombined(const mohs::Triplets<mohs::SquaredEuclidean>& triplets)
{
    int wrong = 0;
    for (const auto [anchor, positive, negative] : triplets) {
        Index expected = -1;
        for (Index row = 0; row < points.rows(); ++row) {
            const double gap = distance(anchor, row) - distance(anchor, positive);
            if (is_negative(anchor, row) && gap > 0 && gap < 30 &&
                (expected < 0 || distance(anchor, row) > distance(anchor, expected))) {
                expected = row;
            }
        }
        wrong += negative != expected;
    }
    return wrong;
}

// Weighted: the closer, the likelier, exp(-d / 20), and nothing beyond 200.
double log_weight(double value, Index)
{
    return value <= 200 ? -value / 20 : -std::numeric_limits<double>::infinity();
}

int wrong_weighted(const mohs::TripletMiner<mohs::SquaredEuclidean, mohs::HardestPositive,
                                            mohs::WeightedNegative<decltype(&log_weight)>>& miner)
{
    // Anchor 0 over many steps: how often each row is drawn, beside its share of the weights.
    const int steps = 4000;
    Eigen::VectorXd seen = Eigen::VectorXd::Zero(240), share = seen;
    for (Index row = 0; row < 240; ++row) {
        share[row] = is_negative(0, row) ? std::exp(log_weight(distance(0, row), 8)) : 0;
    }
    for (int step = 0; step < steps; ++step) {
        seen[miner(batch, {.step = static_cast<std::uint64_t>(step)})[0].negative] += 1;
    }
    int wrong = 0;
    for (Index row = 0; row < 240; ++row) {
        const double expected = steps * share[row] / share.sum();
        wrong += std::abs(seen[row] - expected) > 5 * std::sqrt(expected) + 3;
    }
    return wrong;
}

// Chosen: the negative whose distance is the median of all that the anchor has.
std::optional<Index> median(const mohs::Choices& choices)
{
    std::vector<Index> order(choices.rows.size());
    std::iota(order.begin(), order.end(), Index{0});
    const auto middle = order.begin() + choices.size() / 2;
    const Eigen::Map<const Eigen::VectorXd> values(choices.values.data(), choices.size());
    std::nth_element(order.begin(), middle, order.end(),
                     [&](Index a, Index b) { return values[a] != values[b] ? values[a] < values[b] : a < b; });
    return *middle;
}

int wrong_chosen(const mohs::Triplets<mohs::SquaredEuclidean>& triplets)
{
    int wrong = 0;
    for (const auto [anchor, positive, negative] : triplets) {
        int before = 0, all = 0;
        for (Index row = 0; row < points.rows(); ++row) {
            const double own = distance(anchor, negative), other = distance(anchor, row);
            all += is_negative(anchor, row);
            before += is_negative(anchor, row) && (other < own || (other == own && row < negative));
        }
        wrong += before != all / 2;
    }
    return wrong;
}

int main()
{
    const mohs::SquaredEuclidean metric;
    const auto recombined = mohs::TripletMiner{metric, mohs::HardestPositive{}, FarthestSemiHard{}}(batch);
    const mohs::TripletMiner drawing{metric, mohs::HardestPositive{}, mohs::WeightedNegative{&log_weight, 7}};
    const auto weighted = drawing(batch);
    const auto chosen = mohs::TripletMiner{metric, mohs::AllPositives{}, mohs::ChosenNegative{&median}}(batch);

    int wrong = 0;
    std::cout << "strategy    triplets  mean distance  wrong\n" << std::fixed << std::setprecision(1);
    const auto show = [&](const char* name, const auto& triplets, int faults) {
        std::cout << std::left << std::setw(12) << name << std::right << std::setw(8) << triplets.size()
                  << std::setw(15) << triplets.report.negative.mean << std::setw(7) << faults << '\n';
        wrong += faults + (triplets.empty() ? 1 : 0);
    };
    show("recombined", recombined, wrong_recombined(recombined));
    show("weighted", weighted, wrong_weighted(drawing));
    show("chosen", chosen, wrong_chosen(chosen));
    return wrong == 0 ? 0 : 1;
}
