#include "run.hpp"

namespace mining {

Mined mined(Rows anchors, Rows positives, Rows negatives, Values positive_values, Values negative_values,
            const mohs::Report& report)
{
    Mined result{
        {}, {positive_values.begin(), positive_values.end()}, {negative_values.begin(), negative_values.end()}, report};
    for (Index i = 0; i < anchors.size(); ++i) {
        result.triplets.push_back({anchors[i], positives[i], negatives[i]});
    }
    return result;
}

void add(std::vector<Mined>& list, Rows anchors, Rows positives, Rows negatives, Values positive_values,
         Values negative_values, const mohs::Report& report)
{
    list.push_back(mined(anchors, positives, negatives, positive_values, negative_values, report));
}

bool same_triplets(const Mined& a, const Mined& b)
{
    return a.triplets == b.triplets && a.positive_values == b.positive_values && a.negative_values == b.negative_values;
}

std::vector<mohs::Triplet> triplets_of(const Run& run, const Scene& scene, const Options& options)
{
    return run(scene, {options}).front().triplets;
}

}
