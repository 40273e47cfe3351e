#pragma once

#include "../common/random.hpp"

#include <mohs/types.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

namespace digits {

using namespace examples;

using mohs::Index;

/// Draws batches of `classes` classes with `per_class` rows each.
///
/// The classes stand in a circle, in an order drawn once, and every batch takes the next ones along it. So in any run
/// of consecutive batches, wherever it begins and ends, two classes differ by at most one in how often they occurred.
/// The rows of a class are drawn anew for every batch, without replacement where the class has enough of them.
class Sampler {
public:
    Sampler(const std::vector<std::int64_t>& labels, std::size_t classes, std::size_t per_class, Random random)
        : per_class_(per_class), random_(random)
    {
        std::map<std::int64_t, std::vector<Index>> rows;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            rows[labels[i]].push_back(static_cast<Index>(i));
        }
        for (auto& [label, members] : rows) {
            circle_.push_back(std::move(members));
        }
        random_.draw(circle_, circle_.size());
        classes_ = std::min(classes, circle_.size());
    }

    /// The rows of the next batch.
    void next(std::vector<Index>& rows)
    {
        rows.clear();
        for (std::size_t i = 0; i < classes_; ++i) {
            std::vector<Index>& members = circle_[at_];
            at_ = (at_ + 1) % circle_.size();
            random_.draw(members, std::min(per_class_, members.size()));
            for (std::size_t j = 0; j < per_class_; ++j) {
                rows.push_back(members[j % members.size()]);
            }
        }
    }

private:
    std::vector<std::vector<Index>> circle_;
    std::size_t classes_ = 0, per_class_, at_ = 0;
    Random random_;
};

}  // namespace digits
