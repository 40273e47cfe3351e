#pragma once

/// \file
/// What a bank knows of its rows but their elements: labels, sample ids, steps, which is the oldest, and where a sample
/// is.

#include <mohs/types.hpp>

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Places 0 to rows() - 1 are taken. A new row takes the first free place, or that of the oldest one where all are
/// taken; with `one_per_sample` that of the older row of its sample, if there is one. Rows have an order of age, in
/// which they were put in. Allocates when it is made, and never again; `put` and `drop_oldest` are O(1).
class BankLedger {
public:
    using Place = std::uint32_t;

    struct Placed {
        Index place;
        bool replaced;     ///< an older row of the sample was there
        bool overwritten;  ///< the oldest row was there
    };
    /// The row at `from` has moved to `to`; they may be equal.
    struct Moved {
        Index from, to;
    };

    BankLedger(Index capacity, bool one_per_sample)
        : end_(static_cast<Place>(capacity)),
          labels_(end_),
          ids_(end_),
          steps_(end_),
          next_(std::size_t{end_} + 1),
          previous_(std::size_t{end_} + 1),
          table_(one_per_sample ? std::bit_ceil(2 * std::size_t{end_}) : 0)
    {
        clear();
    }

    [[nodiscard]] Index rows() const { return static_cast<Index>(rows_); }
    [[nodiscard]] Index capacity() const { return static_cast<Index>(end_); }
    [[nodiscard]] bool one_per_sample() const { return !table_.empty(); }
    /// By place.
    [[nodiscard]] std::span<const std::int64_t> labels() const { return {labels_.data(), rows_}; }
    [[nodiscard]] std::span<const std::int64_t> ids() const { return {ids_.data(), rows_}; }
    [[nodiscard]] std::span<const std::uint64_t> steps() const { return {steps_.data(), rows_}; }

    /// The step of the oldest row, and that of the newest, where there is one.
    [[nodiscard]] std::uint64_t oldest_step() const { return steps_[next_[end_]]; }
    [[nodiscard]] std::uint64_t newest_step() const { return steps_[previous_[end_]]; }

    /// Calls `visit(place)`, from the oldest row to the newest.
    template <class Visit>
    void for_each_by_age(const Visit& visit) const
    {
        for (Place place = next_[end_]; place != end_; place = next_[place]) {
            visit(place);
        }
    }

    Placed put(std::int64_t label, std::int64_t id, std::uint64_t step)
    {
        Place place = one_per_sample() ? table_[cell_of(id)] : none;
        const bool replaced = place != none, overwritten = !replaced && rows_ == end_;
        if (replaced) {
            unlink(place);
        } else if (overwritten) {
            place = next_[end_];
            unlink(place);
            forget(place);
        } else {
            place = rows_++;
        }
        enter(place, label, id, step);
        return {static_cast<Index>(place), replaced, overwritten};
    }

    /// Where there is a row. The row at the last place moves to where the oldest was.
    Moved drop_oldest()
    {
        const Place gap = next_[end_];
        unlink(gap);
        forget(gap);
        const Place last = --rows_;
        if (gap != last) {
            if (one_per_sample()) {
                table_[cell_of(ids_[last])] = gap;
            }
            labels_[gap] = labels_[last];
            ids_[gap] = ids_[last];
            steps_[gap] = steps_[last];
            next_[gap] = next_[last];
            previous_[gap] = previous_[last];
            next_[previous_[gap]] = gap;
            previous_[next_[gap]] = gap;
        }
        return {static_cast<Index>(last), static_cast<Index>(gap)};
    }

    void clear()
    {
        rows_ = 0;
        next_[end_] = previous_[end_] = end_;
        table_.assign(table_.size(), none);
    }

    /// The rows of another ledger, by place, and its places by age: each once. With one row per sample, ids are
    /// different.
    void restore(std::span<const std::int64_t> labels, std::span<const std::int64_t> ids,
                 std::span<const std::uint64_t> steps, std::span<const Place> by_age)
    {
        clear();
        rows_ = static_cast<Place>(by_age.size());
        for (const Place place : by_age) {
            enter(place, labels[place], ids[place], steps[place]);
        }
    }

private:
    static constexpr Place none = ~Place{0};

    void enter(Place place, std::int64_t label, std::int64_t id, std::uint64_t step)
    {
        labels_[place] = label;
        ids_[place] = id;
        steps_[place] = step;
        const Place newest = previous_[end_];
        next_[newest] = previous_[end_] = place;
        previous_[place] = newest;
        next_[place] = end_;
        if (one_per_sample()) {
            table_[cell_of(id)] = place;
        }
    }

    void unlink(Place place)
    {
        next_[previous_[place]] = next_[place];
        previous_[next_[place]] = previous_[place];
    }

    // The table: open addressing with steps of one, at most half full.

    [[nodiscard]] std::size_t next_cell(std::size_t cell) const { return (cell + 1) & (table_.size() - 1); }

    [[nodiscard]] std::size_t home_of(std::int64_t id) const
    {
        auto mixed = static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15U;  // 2^64 over the golden ratio
        mixed = (mixed ^ (mixed >> 32)) * 0x9E3779B97F4A7C15U;
        return static_cast<std::size_t>(mixed >> 32 ^ mixed) & (table_.size() - 1);
    }

    /// The cell that holds the place of a sample, or the free one where it belongs.
    [[nodiscard]] std::size_t cell_of(std::int64_t id) const
    {
        std::size_t cell = home_of(id);
        while (table_[cell] != none && ids_[table_[cell]] != id) {
            cell = next_cell(cell);
        }
        return cell;
    }

    void forget(Place place)
    {
        if (!one_per_sample()) {
            return;
        }
        std::size_t gap = cell_of(ids_[place]);
        // What follows moves up, unless it would come to stand before its home.
        for (std::size_t cell = next_cell(gap); table_[cell] != none; cell = next_cell(cell)) {
            const std::size_t mask = table_.size() - 1, home = home_of(ids_[table_[cell]]);
            if (((cell - home) & mask) >= ((cell - gap) & mask)) {
                table_[gap] = table_[cell];
                gap = cell;
            }
        }
        table_[gap] = none;
    }

    Place end_, rows_ = 0;  ///< `end_` is the capacity, and stands before the oldest row and after the newest
    std::vector<std::int64_t> labels_, ids_;
    std::vector<std::uint64_t> steps_;
    std::vector<Place> next_, previous_;
    std::vector<Place> table_;  ///< places by sample id; empty where a sample may have several rows
};

}  // namespace mohs::inline MOHS_ABI::detail
