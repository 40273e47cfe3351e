#pragma once

#include <mohs/mohs.hpp>

#include <list>
#include <string>
#include <vector>

/// What every case starts from.
mohs::Matrix network();
std::vector<int> new_labels();
std::vector<mohs::Role> new_roles();
mohs::Relation new_relation();

/// Strategies and a filter that do not say what they mean.
struct RankWindow {
    static constexpr mohs::Pick negative_pick = mohs::Pick::closest;
    double low = 1, high = 3;
};
struct Farther {
    static constexpr mohs::Pick negative_pick = mohs::Pick::closest;
    double margin = 0.2;
};
struct Ranked {
    static constexpr mohs::Pick negative_pick = mohs::Pick::ranks;
    mohs::Index first = 0, last = 4;
};
struct Weighs {
    static constexpr mohs::Pick negative_pick = mohs::Pick::closest;
    [[nodiscard]] double log_weight(double value, mohs::Index) const { return value; }
};
struct WeighsBeyond {
    static constexpr mohs::Pick negative_pick = mohs::Pick::weighted;
    static constexpr mohs::Beyond beyond = mohs::Beyond::positive;
    [[nodiscard]] double log_weight(double value, mohs::Index) const { return value; }
};
struct ChoosesNothing {
    static constexpr mohs::Pick negative_pick = mohs::Pick::chosen;
};
struct BeyondAsNumber {
    static constexpr mohs::Pick negative_pick = mohs::Pick::closest;
    double beyond = 0.5;
};
struct EveryOrRandom {
    static constexpr mohs::Pick negative_pick = mohs::Pick::every;
    static constexpr mohs::Fallback fallback = mohs::Fallback::random;
};
struct RanksOfPositives {
    static constexpr mohs::Pick positive_pick = mohs::Pick::ranks;
};
struct Rejects {
    static constexpr const char* name = "rejected";
    static constexpr bool needs_positive = false;
};

struct CentredProduct {
    static constexpr bool is_similarity = true, is_squared = false;
    static constexpr mohs::detail::RowTransform transform = mohs::detail::RowTransform::centre;
    static constexpr const char* name = "centred product";
};

struct Given {
    mohs::Matrix rows;
    std::vector<int> labels;
    mohs::Batch<float> batch{rows, labels};
    mohs::Workspace workspace{};
    mohs::TripletMiner<mohs::Cosine, mohs::HardestPositive, mohs::HardestNegative> miner{{}, {}, {}};
};
