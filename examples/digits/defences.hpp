#pragma once

#include "training.hpp"

#include <string>
#include <vector>

namespace digits {

/// A way to train although labels may be wrong.
struct Defence {
    std::string name;     ///< as it is written on the command line
    std::string title;    ///< as it is written in tables
    std::string without;  ///< the name of the one that trains in the same way, but defends nothing
    std::function<Plan(const Task& task, std::uint64_t seed)> plan;
};

/// All of them, in the order in which they are shown. Those whose name begins with a loss train with that; all others
/// mine the hardest triplets, and those that judge rows mine semi-hard ones before the first judgement unless they say
/// otherwise.
std::vector<Defence> defences();

}  // namespace digits
