#pragma once

/// \file
/// Screening at work: tiles are looked at as bytes, and what may be wanted is scored later.

#include <mohs/detail/screen/screen.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// What the anchors of a screened scan want, by position.
struct ScreenTarget {
    const float* threshold = nullptr;
    float* floor = nullptr;  ///< never below the threshold; begins at the lowest number
    /// Whether anchors want one candidate and take any: then whatever a score is at least is a floor.
    bool raises = false;
    /// Tiles that are not looked at once too much was found. Where anchors want many candidates, crowds pass.
    Index pause = 512;
};

/// A pair that may be wanted, by position, and the best that its score can be.
struct ScreenEntry {
    std::int32_t anchor, candidate;
    float best;
};

/// The hits of one worker. They wait, so that of those that get better and better only the last are scored, and many
/// together.
class ScreenLog {
public:
    /// Entries that a log has to have room for.
    static Index capacity(const Screen& screen, const ScreenTarget& target)
    {
        return limit(target) + 2 * screen.most_hits();
    }

    ScreenLog(const Screen& screen, const ScreenTarget& target, std::span<ScreenEntry> memory)
        : screen_(screen), target_(target), entries_(memory)
    {
    }

    /// Looks at a tile, of whose columns are anchors too if `both`. False if the tile has to be computed after all.
    bool look(Index anchor_panel, Index candidate_panel, bool both)
    {
        if (pause_ > 0) {
            --pause_;
            return false;
        }
        ScreenHits hits;
        if (both) {
            screen_.find<true>(anchor_panel, candidate_panel, target_.threshold, target_.floor, hits);
        } else {
            screen_.find<false>(anchor_panel, candidate_panel, target_.threshold, target_.floor, hits);
        }
        if (hits.cold) {
            return false;
        }
        note(hits.count);
        if (hits.count > screen_.most_hits()) {
            return false;
        }
        add(anchor_panel * screen_.width(), candidate_panel * screen_.width(), both, hits);
        return true;
    }

    [[nodiscard]] bool is_full() const { return static_cast<Index>(size_) >= limit(target_); }

    /// Calls `use(anchor, candidate, dot)` for all that may still be wanted, and forgets them. `any_rounding`: scores need
    /// not have the bits of those of tiles.
    template <bool any_rounding = false, class Use>
    void flush(const Use& use)
    {
        std::array<ScreenEntry, pairs_at_once> batch;
        std::size_t count = 0;
        // The last are the best of their anchors, and spare others.
        while (size_ > 0) {
            const ScreenEntry& entry = entries_[--size_];
            if (entry.best < target_.floor[entry.anchor] || entry.best < target_.threshold[entry.anchor]) {
                continue;
            }
            batch[count++] = entry;
            if (count == batch.size()) {
                score<any_rounding>(batch, count, use);
                count = 0;
            }
        }
        if (count > 0) {
            score<any_rounding>(batch, count, use);
        }
    }

private:
    static Index limit(const ScreenTarget& target) { return target.raises ? 4096 : 4 * pairs_at_once; }

    void add(Index row_base, Index column_base, bool both, const ScreenHits& hits)
    {
        const float uncertainty = screen_.uncertainty(row_base, column_base);
        for (std::uint64_t rows = hits.rows; rows != 0; rows &= rows - 1) {
            const int r = std::countr_zero(rows);
            const auto at = static_cast<std::size_t>(r);
            for (std::uint64_t left = hits.in_row[at]; left != 0; left &= left - 1) {
                const int c = std::countr_zero(left);
                const auto row = static_cast<std::int32_t>(row_base + r),
                           column = static_cast<std::int32_t>(column_base + c);
                const float product = hits.product[at][static_cast<std::size_t>(c)];
                keep({row, column, screen_.best_for_row(row, column, product)}, uncertainty);
                if (both) {
                    keep({column, row, screen_.best_for_column(row, column, product)}, uncertainty);
                }
            }
        }
    }

    void keep(const ScreenEntry& entry, float uncertainty)
    {
        float& floor = target_.floor[entry.anchor];
        if (entry.best >= floor) {
            entries_[size_++] = entry;
            if (target_.raises) {
                floor = (std::max)(floor, entry.best - uncertainty);
            }
        }
    }

    template <bool any_rounding, class Use>
    void score(const std::array<ScreenEntry, pairs_at_once>& batch, std::size_t count, const Use& use) const
    {
        std::array<const float*, pairs_at_once> a, b;
        std::array<float, pairs_at_once> dot;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const ScreenEntry& entry = batch[i < count ? i : 0];
            a[i] = screen_.anchor_row(entry.anchor);
            b[i] = screen_.candidate_row(entry.candidate);
        }
        if constexpr (any_rounding) {
            screen_.dot_about(a, b, count, dot);
        } else {
            screen_.dot(a, b, dot);
        }
        for (std::size_t i = 0; i < count; ++i) {
            use(batch[i].anchor, batch[i].candidate, dot[i]);
        }
    }

    /// Gives screening up for a while where it finds too much: where scores differ by less than bytes can tell. The
    /// first tiles of a panel are crowded wherever anchors have met few candidates, so it may find as much per panel.
    void note(int count)
    {
        const Index most = screen_.most_hits(), patience = (screen_.anchor_panels() + 8) * most;
        excess_ = std::max<Index>(0, excess_ + std::min<Index>(count, most) - most / 4);
        if (excess_ > patience) {
            excess_ = patience - 4 * most;
            pause_ = target_.pause;
        }
    }

    const Screen& screen_;
    ScreenTarget target_;
    std::span<ScreenEntry> entries_;
    std::size_t size_ = 0;
    Index excess_ = 0, pause_ = 0;
};

}  // namespace mohs::inline MOHS_ABI::detail
