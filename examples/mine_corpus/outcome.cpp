#include "outcome.hpp"

#include <algorithm>

namespace mine_corpus {

void Outcome::add(const Block& block)
{
    const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    all.lists += block.lists;
    all.negatives += block.negatives;
    all.non_finite_positives += block.non_finite_positives;
    all.without_reference += block.without_reference;
    all.overflows += block.overflows;
    all.missing += block.missing;
    all.repeated += block.repeated;
    all.copies += block.copies;
    all.index_searches += block.index_searches;
    all.index_faults += block.index_faults;
    all.exact_fallbacks += block.exact_fallbacks;
    if (block.recall_lists > 0) {
        const double before = all.recall_lists > 0 ? all.recall * static_cast<double>(all.recall_lists) : 0;
        all.recall_lists += block.recall_lists;
        all.recall =
            (before + block.recall * static_cast<double>(block.recall_lists)) / static_cast<double>(all.recall_lists);
    }
    append(all.shortfalls, block.shortfalls);
    for (const auto& [name, count] : block.rejected) {
        const auto at = std::find_if(all.rejected.begin(), all.rejected.end(),
                                     [&name = name](const auto& rule) { return rule.first == name; });
        if (at == all.rejected.end()) {
            all.rejected.emplace_back(name, count);
        } else {
            at->second += count;
        }
    }
    append(all.positive, block.positive);
    append(all.negative, block.negative);
    append(all.difference, block.difference);
    append(all.depth, block.depth);
    append(all.suspects, block.suspects);
    append(all.samples, block.samples);
}

mohs::Summary summary_of(std::vector<double> values)
{
    return mohs::Summary::of(values);
}

}  // namespace mine_corpus
