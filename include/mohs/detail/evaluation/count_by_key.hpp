#pragma once

/// \file
/// Counting the values of all pairs by size, exactly, without keeping them: a radix selection.
///
/// A float is an integer key whose order is that of the values. A first scan counts pairs by the upper bits of their
/// keys; a second one counts by the lower bits, within the few upper bins that turned out to matter. So the value at
/// any rank among N^2 is found exactly with memory for the bins alone.

#include <mohs/detail/base/bits.hpp>
#include <mohs/detail/evaluation/verification_rates.hpp>
#include <mohs/finish.hpp>
#include <mohs/visitor.hpp>

#include <atomic>
#include <bit>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Key of a value of metric M, an integer of as many bits: larger is closer. 0 and -0 have one key, so that the next one
/// is another value.
template <class M, class T>
auto closeness_key(T value)
{
    using Key = typename FloatBits<T>::Word;
    constexpr Key sign = Key{1} << (8 * sizeof(Key) - 1);
    const auto bits = std::bit_cast<Key>(value);
    const Key ordered = (bits & sign) != 0 ? 0 - bits : bits | sign;
    return Finish<M>::larger_is_closer ? ordered : ~ordered;
}

/// The value of a key. Above that of an infinite similarity it is infinite too: nothing is as close.
template <class M, class Key>
auto value_of_key(Key key)
{
    using T = std::conditional_t<sizeof(Key) == sizeof(float), float, double>;
    constexpr Key sign = Key{1} << (8 * sizeof(Key) - 1);
    const Key ordered = Finish<M>::larger_is_closer ? (std::min)(key, sign | FloatBits<T>::exponent) : ~key;
    return std::bit_cast<T>((ordered & sign) != 0 ? ordered & ~sign : 0 - ordered);
}

/// Bits of a key that the second scan tells apart: lower bins, within an upper bin.
inline constexpr int lower_bits = 15;
inline constexpr std::size_t lower_bins = std::size_t{1} << lower_bits,
                             upper_bins = std::size_t{1} << (32 - lower_bits);

/// Calls `f(candidate, is_positive)` for every candidate of a row that is either.
template <class T, class Function>
void for_each_pair(const FullRow<T>& row, Function&& f)
{
    for (std::size_t base = 0; base < row.values.size(); base += 64) {
        const std::uint64_t positives = row.positives[base / 64];
        for (std::uint64_t left = positives | row.negatives[base / 64]; left != 0; left &= left - 1) {
            const int bit = std::countr_zero(left);
            f(base + static_cast<std::size_t>(bit), (positives >> bit & 1U) != 0);
        }
    }
}

/// Row visitor that counts pairs in `bins` bins: `bin_of(key)` says in which, or something beyond for none. Rows take
/// a set of bins from a pool while they count, so there are as many sets as threads; whole numbers add up to the same
/// in any order.
template <class M, class BinOf>
class CountByKey {
public:
    CountByKey(std::size_t bins, BinOf bin_of) : bins_(bins), bin_of_(std::move(bin_of)) {}

    template <class T>
    void row(Anchor, const FullRow<T>& row)
    {
        std::vector<PairCounts> counts = take();
        bool any = false;
        for_each_pair(row, [&](std::size_t candidate, bool positive) {
            const std::size_t bin = bin_of_(closeness_key<M>(static_cast<float>(row.values[candidate])));
            any = true;
            if (bin < bins_) {
                ++(positive ? counts[bin].positives : counts[bin].negatives);
            }
        });
        anchors_ += any ? 1 : 0;
        const std::lock_guard lock(mutex_);
        pool_.push_back(std::move(counts));
    }

    /// Anchors with a pair. After the scan.
    [[nodiscard]] Index anchors() const { return anchors_; }

    /// The counts of all threads. After the scan, once.
    [[nodiscard]] std::vector<PairCounts> total()
    {
        std::vector<PairCounts> result = take();
        for (const std::vector<PairCounts>& other : pool_) {
            for (std::size_t bin = 0; bin < bins_; ++bin) {
                result[bin] += other[bin];
            }
        }
        return result;
    }

private:
    std::vector<PairCounts> take()
    {
        {
            const std::lock_guard lock(mutex_);
            if (!pool_.empty()) {
                std::vector<PairCounts> counts = std::move(pool_.back());
                pool_.pop_back();
                return counts;
            }
        }
        return std::vector<PairCounts>(bins_);
    }

    std::size_t bins_;
    BinOf bin_of_;
    std::mutex mutex_;
    std::vector<std::vector<PairCounts>> pool_;
    std::atomic<Index> anchors_{0};
};

/// Row visitor that counts, for every anchor, the pairs at least as close as each of some keys.
template <class M>
struct CountAtKeys {
    std::vector<std::uint32_t> keys;
    std::vector<PairCounts> counts;  ///< per anchor: those of every key, then of all pairs

    CountAtKeys(std::vector<std::uint32_t> keys_, Index anchors)
        : keys(std::move(keys_)), counts(static_cast<std::size_t>(anchors) * (keys.size() + 1))
    {
    }

    [[nodiscard]] std::span<PairCounts> of(Index anchor)
    {
        return std::span(counts).subspan(static_cast<std::size_t>(anchor) * (keys.size() + 1), keys.size() + 1);
    }

    template <class T>
    void row(Anchor anchor, const FullRow<T>& row)
    {
        const std::span<PairCounts> mine = of(anchor.row);
        for_each_pair(row, [&](std::size_t candidate, bool positive) {
            const std::uint32_t key = closeness_key<M>(static_cast<float>(row.values[candidate]));
            for (std::size_t i = 0; i <= keys.size(); ++i) {
                const std::uint64_t one = i == keys.size() || key >= keys[i] ? 1 : 0;
                (positive ? mine[i].positives : mine[i].negatives) += one;
            }
        });
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
