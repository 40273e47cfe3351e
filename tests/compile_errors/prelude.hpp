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

struct Given {
    mohs::Matrix rows;
    std::vector<int> labels;
    mohs::Batch<float> batch{rows, labels};
    mohs::Workspace workspace{};
    mohs::TripletMiner<mohs::Cosine, mohs::HardestPositive, mohs::HardestNegative> miner{{}, {}, {}};
};
