#pragma once

#include <mohs/types.hpp>

#include <algorithm>
#include <vector>

namespace text_retrieval {

using mohs::Index;

/// The share of `wanted`, which ascends, that is among `found`; of more than `most` wanted ones, `most` count as all. 0
/// where nothing is wanted.
inline double recall(const std::vector<Index>& found, const std::vector<Index>& wanted, Index most)
{
    const auto hits = std::count_if(found.begin(), found.end(),
                                    [&](Index row) { return std::binary_search(wanted.begin(), wanted.end(), row); });
    const Index possible = std::min(static_cast<Index>(wanted.size()), most);
    return possible > 0 ? static_cast<double>(hits) / static_cast<double>(possible) : 0;
}

}  // namespace text_retrieval
