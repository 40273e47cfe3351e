#pragma once

/// \file
/// RefreshSchedule: when rows are to be embedded anew, while the model that embeds them is trained.

#include <mohs/corpus/measure_drift.hpp>
#include <mohs/detail/corpus/keyed_order.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Options of RefreshSchedule.
struct RefreshOptions {
    /// Rows are embedded anew once the median of the probes has moved by more than this (`measure_drift`). No library has
    /// a default; 0.1 is a cosine of 0.995 to what they were, and changes no cosine with a query by more than 0.1.
    double drift = 0.1;
    Index least_steps = 0;                           ///< but not before so many steps after the last time
    std::optional<Index> most_steps = std::nullopt;  ///< and after so many, however little they have moved
    Index probes = 256;                              ///< rows that are looked at
    std::uint64_t seed = 0;
};

/// What a look says.
struct RefreshDecision {
    bool refresh = false;   ///< whether all rows are to be embedded anew
    bool by_steps = false;  ///< whether `most_steps` are over, whatever has moved
    Drift drift;            ///< of the probes, in their order
};

/// Decides when the rows of a corpus, or of the queries, have drifted too far from what the model would make of them
/// now. To embed all of them is dear; so a few, the probes, are embedded anew, and compared with those in use.
///
/// Mining again while the model is trained: queries are always embedded anew, against a corpus that stands still (as
/// ADORE does, Zhan et al. 2021) until the schedule says that both have to be (as ANCE, Xiong et al. 2021).
///
///     mohs::GalleryCache cache{mohs::Cosine{}};
///     mohs::RefreshSchedule schedule{corpus.rows(), {.drift = 0.1, .most_steps = 5000}};
///     for (mohs::Index step = 0; step < steps; ++step) {
///         if (step % 100 == 0) {
///             const mohs::Matrix probes = model.embed(texts, schedule.probes());
///             if (schedule.look(mohs::Cosine{}, mohs::Batch{corpus}, mohs::Batch{probes}, step).refresh) {
///                 corpus = model.embed(texts);
///                 schedule.refreshed(step);
///             }
///             const mohs::Matrix queries = model.embed(questions);
///             found = miner(mohs::Batch{queries}, *cache(mohs::Batch{corpus}), positives);
///         }
///         ...
///     }
///
/// Probes are drawn by the seed, and others after every refresh, so that in time every row is looked at. Those that are
/// not finite do not count, and where none is, nothing is refreshed: a model that has come apart would spoil all rows.
///
/// Throws std::invalid_argument for a drift that is negative or NaN, fewer than 1 probe, negative steps, `most_steps`
/// below 1 or below `least_steps`, negative rows; and for batches of other numbers of rows, or columns. O(probes
/// columns) per look.
class RefreshSchedule {
public:
    explicit RefreshSchedule(Index rows, const RefreshOptions& options = {}) : options_(options), rows_(rows)
    {
        const auto at_least = [](const char* name, Index value, Index least, const char* rule) {
            if (value < least) {
                detail::throw_bad_value(name, static_cast<double>(value), rule);
            }
        };
        at_least("RefreshSchedule: rows", rows, 0, "at least 0");
        at_least("RefreshSchedule: probes", options.probes, 1, "at least 1");
        at_least("RefreshSchedule: least_steps", options.least_steps, 0, "at least 0");
        at_least("RefreshSchedule: most_steps", options.most_steps.value_or((std::max)(options.least_steps, Index{1})),
                 (std::max)(options.least_steps, Index{1}), "at least 1, and no less than least_steps");
        detail::check_number("RefreshSchedule: drift", options.drift);
        if (options.drift < 0) {
            detail::throw_bad_value("RefreshSchedule: drift", options.drift, "at least 0");
        }
        draw();
    }

    /// The rows that are to be embedded for a look, ascending.
    [[nodiscard]] std::span<const Index> probes() const& { return probes_; }
    void probes() const&& = delete;  // a span of a temporary: keep the schedule in a variable
    /// The step of the last refresh.
    [[nodiscard]] Index last() const { return last_; }

    /// Compares the probes as they are now with those in use, which are all rows, or the probes of them.
    template <Metric M, class A, class B>
    [[nodiscard]] RefreshDecision look(M metric, const Batch<A>& in_use, const Batch<B>& now, Index step) const
    {
        const auto count = static_cast<Index>(probes_.size());
        if (now.rows() != count) {
            detail::throw_size_mismatch("RefreshSchedule: the probes", count, now.rows(), "rows now");
        }
        if (in_use.rows() != rows_ && in_use.rows() != count) {
            detail::throw_size_mismatch("RefreshSchedule: the rows", rows_, in_use.rows(), "rows in use");
        }
        MatrixOf<A> before(count, in_use.dimension());
        for (Index i = 0; i < count; ++i) {
            const Index row = in_use.rows() == rows_ ? probes_[static_cast<std::size_t>(i)] : i;
            for (Index k = 0; k < in_use.dimension(); ++k) {
                before(i, k) = in_use.data()[row * in_use.row_stride() + k * in_use.column_stride()];
            }
        }
        RefreshDecision result;
        result.drift = measure_drift(metric, Batch<A>(before), now);
        const Index steps = step - last_;
        const bool known = result.drift.non_finite < count;
        const bool moved = result.drift.summary.median > options_.drift && steps >= options_.least_steps;
        result.by_steps = known && options_.most_steps && steps >= *options_.most_steps;
        result.refresh = known && (moved || result.by_steps);
        return result;
    }

    /// All rows are embedded anew, at this step: draws other probes.
    void refreshed(Index step)
    {
        last_ = step;
        ++refreshes_;
        draw();
    }

private:
    void draw()
    {
        const detail::KeyedOrder order(detail::mix_bits(options_.seed + 0x9e3779b97f4a7c15U * refreshes_), rows_);
        probes_.clear();
        for (Index i = 0; i < (std::min)(options_.probes, rows_); ++i) {
            probes_.push_back(order[i]);
        }
        std::sort(probes_.begin(), probes_.end());
    }

    RefreshOptions options_;
    Index rows_, last_ = 0;
    std::uint64_t refreshes_ = 0;
    std::vector<Index> probes_;
};

}  // namespace mohs::inline MOHS_ABI
