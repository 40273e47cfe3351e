#pragma once

/// \file
/// From the survivors of a list to the negatives that are returned.

#include <mohs/corpus/input/corpus_options.hpp>
#include <mohs/detail/base/random.hpp>
#include <mohs/finish.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// A candidate that all rules let pass.
struct CorpusSurvivor {
    double value = 0;
    Index row = -1, rank = -1;
};

/// What the draws of a list are keyed by.
struct ListKey {
    std::int64_t query_id = 0;
    Index positive = -1;

    [[nodiscard]] std::uint32_t draw() const
    {
        const auto number = static_cast<std::uint64_t>(positive + 1);
        return static_cast<std::uint32_t>(number ^ (number >> 32));
    }
};

/// Takes `n` of survivors that are in order, by the rule of the options. Returns their places, ascending. O(P log P).
template <class M>
class NegativeChoice {
public:
    explicit NegativeChoice(const CorpusOptions& options)
        : options_(options),
          stream_(options.seed, options.sampling == Sampling::rotation ? 0 : options.epoch, Purpose::negative)
    {
    }

    [[nodiscard]] const RandomStream& stream() const { return stream_; }

    /// What survivors are chosen from: those after `raw_range_min` and `range_min`, no more than the pool.
    [[nodiscard]] std::span<const CorpusSurvivor> window(std::span<const CorpusSurvivor> survivors, Index pool) const
    {
        std::size_t first = 0;
        while (first < survivors.size() && survivors[first].rank >= 0 &&
               survivors[first].rank < options_.raw_range_min) {
            ++first;
        }
        first = (std::min)(first + static_cast<std::size_t>(options_.range_min), survivors.size());
        return survivors.subspan(first, (std::min)(survivors.size() - first, static_cast<std::size_t>(pool)));
    }

    void choose(std::span<const CorpusSurvivor> window, double reference, const ListKey& key,
                std::vector<std::size_t>& places)
    {
        const auto n = static_cast<std::size_t>(options_.num_negatives);
        places.resize(window.size());
        std::iota(places.begin(), places.end(), std::size_t{0});
        if (options_.sampling == Sampling::top || window.size() <= n) {
            places.resize((std::min)(window.size(), n));
            return;
        }
        keys_.clear();
        for (const CorpusSurvivor& survivor : window) {
            keys_.push_back(weighted_key(survivor, reference, key));
        }
        const auto ahead = [&](std::size_t a, std::size_t b) {
            return keys_[a] != keys_[b] ? keys_[a] > keys_[b] : a < b;
        };
        std::size_t first = 0;
        if (options_.sampling == Sampling::rotation) {
            std::sort(places.begin(), places.end(), ahead);
            const std::uint64_t size = places.size();
            first = static_cast<std::size_t>((options_.epoch % size) * (n % size) % size);
        } else {
            std::nth_element(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(n) - 1, places.end(), ahead);
        }
        std::rotate(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(first), places.end());
        places.resize(n);
        std::sort(places.begin(), places.end());
    }

private:
    /// The n largest of these are the draw: a logarithm of the weight and a Gumbel variable.
    [[nodiscard]] double weighted_key(const CorpusSurvivor& survivor, double reference, const ListKey& key) const
    {
        const double uniform = open_unit(stream_.key(key.query_id, survivor.row, key.draw()));
        const double sign = Finish<M>::larger_is_closer ? 1 : -1;
        double weight = 0;
        if (options_.sampling == Sampling::softmax) {
            weight = sign * survivor.value / options_.temperature;
        } else if (options_.sampling == Sampling::simans && options_.simans_a > 0) {
            const double apart = sign * (survivor.value - reference) - options_.simans_b;
            weight = -options_.simans_a * apart * apart;
        }
        // In range, so that what weighs nothing, or more than a double can say, still has an order.
        weight = is_finite(weight) ? std::clamp(weight, -1e300, 1e300) : std::copysign(1e300, weight);
        return weight - std::log(-std::log(uniform));
    }

    const CorpusOptions& options_;
    RandomStream stream_;
    std::vector<double> keys_;
};

}  // namespace mohs::inline MOHS_ABI::detail
