#include "objectives.hpp"

namespace digits {

namespace {

/// A strategy that mines: `positive_of(seed)` and `negative_of(seed)` are its two sides.
template <class PositiveOf, class NegativeOf>
Strategy mined_by_sides(std::string name, std::string label, std::vector<Peer> peers, PositiveOf positive_of,
                        NegativeOf negative_of)
{
    return {std::move(name),
            "triplet",
            std::move(label),
            std::move(peers),
            [=](std::uint64_t seed) { return triplet_objective<false>(positive_of(seed), negative_of(seed)); },
            [=](std::uint64_t seed) { return triplet_objective<true>(positive_of(seed), negative_of(seed)); }};
}

/// One that draws nothing, without filters and with both.
Strategy mined(std::string name, std::string label, std::vector<Peer> peers, Objective (*plain)(),
               Objective (*filtered)())
{
    return {std::move(name),
            "triplet",
            std::move(label),
            std::move(peers),
            [=](std::uint64_t) { return plain(); },
            [=](std::uint64_t) { return filtered(); }};
}

/// A loss over all pairs of the batch.
Strategy all_pairs(const std::string& name, std::vector<Peer> peers, Objective (*objective)())
{
    return {"all pairs", name, name, std::move(peers), [=](std::uint64_t) { return objective(); }, {}};
}

/// A side of a strategy that draws nothing.
template <class Side>
auto always(Side side)
{
    return [=](std::uint64_t) { return side; };
}

}  // namespace

std::vector<Strategy> strategies()
{
    using mohs::AllPositives, mohs::EasiestPositive, mohs::SemiHardNegative;
    return {
        mined_by_sides(
            "random", "random", {{false, 100, 0.718}, {false, 400, 0.812}, {true, 400, 0.672}},
            [](std::uint64_t seed) { return mohs::RandomPositive{.seed = seed}; },
            [](std::uint64_t seed) { return mohs::RandomNegative{.seed = seed}; }),
        mined("hardest", "hardest", {{false, 100, 0.813}, {false, 400, 0.894}, {true, 400, 0.352}}, hardest,
              hardest_filtered),
        mined_by_sides("easiest positive + semi-hard", "easiest + semi-hard",
                       {{false, 100, 0.748}, {false, 400, 0.835}, {true, 400, 0.714}}, always(EasiestPositive{}),
                       always(SemiHardNegative{})),
        mined("hardest positive + semi-hard", "hardest + semi-hard",
              {{false, 100, 0.815}, {false, 400, 0.895}, {true, 400, 0.728}}, semi_hard, semi_hard_filtered),
        mined_by_sides("distance-weighted", "distance-weighted",
                       {{false, 100, 0.822}, {false, 400, 0.888}, {true, 400, 0.724}}, always(AllPositives{}),
                       [](std::uint64_t seed) { return mohs::DistanceWeightedNegative{.seed = seed}; }),
        all_pairs("SupCon", {{false, 400, 0.925}, {true, 400, 0.775}}, [] { return supcon(0.5); }),
        all_pairs("contrastive", {{false, 400, 0.900}, {true, 400, 0.715}},
                  [] { return all_pairs_objective(mohs::ContrastiveLoss{Metric{}}); }),
    };
}

}  // namespace digits
