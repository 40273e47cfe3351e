#include "objectives.hpp"

namespace digits {

Objective hardest()
{
    return triplet_objective<false>(mohs::HardestPositive{}, mohs::HardestNegative{});
}

Objective hardest_filtered()
{
    return triplet_objective<true>(mohs::HardestPositive{}, mohs::HardestNegative{});
}

Objective semi_hard()
{
    return triplet_objective<false>(mohs::HardestPositive{}, mohs::SemiHardNegative{});
}

Objective semi_hard_filtered()
{
    return triplet_objective<true>(mohs::HardestPositive{}, mohs::SemiHardNegative{});
}

Objective supcon(double temperature)
{
    return all_pairs_objective(mohs::InfoNCE{
        mohs::Cosine{}, {.temperature = temperature, .denominator = mohs::Denominator::positives_included}});
}

}  // namespace digits
