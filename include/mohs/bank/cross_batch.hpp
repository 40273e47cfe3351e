#pragma once

/// \file
/// CrossBatchBank: embeddings of steps before, as a gallery of miners and losses and as the reference set of judges.

#include <mohs/bank/cross_batch_options.hpp>
#include <mohs/batch.hpp>
#include <mohs/detail/bank/bank_checks.hpp>
#include <mohs/detail/bank/bank_content.hpp>
#include <mohs/result/cross_batch_report.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace mohs::inline MOHS_ABI {
namespace detail {
struct BankAccess;
}

/// A bank of embeddings: cross-batch memory (XBM, Wang et al. 2020), and the queue of MoCo (He et al. 2020) where
/// samples are their own classes. `Scalar` is what rows are kept in: float, double, Eigen::half or Eigen::bfloat16.
///
///     mohs::CrossBatchBank bank{128, {.capacity = 8192, .warm_up = 1000}};
///     ...
///     const mohs::Batch batch = mohs::Batch{embeddings, labels}.with_ids(sample_numbers);
///     if (bank.ready(step)) {
///         const mohs::Batch gallery = bank.batch(step);
///         value += loss(batch, gallery, miner(batch, gallery)).value;
///     }
///     bank.enqueue(batch, step);
///
/// Rows have labels and sample ids. A row of the bank that shows the same sample as an anchor, whether it came in this
/// step or long before, is neither positive nor negative of it, as everywhere. So the batch may be put in **after**
/// mining, as above, or **before**, as XBM does: then its rows are candidates too, but for themselves. Either way the
/// rows of the bank are constants, so the loss of the batch alone is taken beside it, and where memory is to be reused,
/// the gradient by the gallery is `mohs::no_gradient`.
///
/// As the **reference set** of judges, which is embedded anew every so many steps:
///
///     mohs::CrossBatchBank bank{128, {.capacity = train_rows, .warm_up = 100, .refresh = 25}};
///     ...
///     if (bank.due(step)) {
///         bank.renew(mohs::Batch{model.forward(all), all_labels}.with_ids(all_numbers), step);
///     }
///
/// **Which rows.** A ring: rows are put in one after another, in the order of the batch, and where there is no room the
/// one that came first goes; so of a batch larger than the capacity the last rows stay. With SameSample::replace the
/// row of a sample that comes again takes the place of the older one, within a batch too, and counts as the newest.
/// Rows that are not finite, also those that overflow the bank's Scalar, are left out and counted, and what the bank
/// holds of their sample stays: one bad step spoils nothing. So are rows of unknown class, which could be no
/// candidates. `renew` keeps all that is there where it can put in nothing, as after a forward pass that diverged, and
/// stays due. Relations and roles of the batch are not looked at: say them of `batch()`,
/// `bank.batch(step).with_roles(mask)`.
///
/// **In which order.** Rows stay at their place: a new one takes the first free place, else that of the row it replaces
/// or pushes out. Where rows are dropped for their age, oldest first, the last row moves into each gap. The same calls
/// give the same bank, bit for bit, so processes that put in the same rows, as those gathered from all of them, hold
/// the same.
///
/// Throws std::invalid_argument for no columns, a capacity below 1 or above 2^31 - 64, batches without labels or ids,
/// of other columns or of the bank's own rows, and for a step before that of the last rows: a count that starts anew
/// with every epoch would make ages meaningless. 16-bit and float rows may be mixed; double rows go to a bank of
/// double.
///
/// Memory: capacity rows, and 40 bytes each, at most 16 more with SameSample::replace; allocated when it is made, and
/// never again. Time of `enqueue` O(rows D), of `batch` O(1) and O(D) for each row that is dropped. Not for several
/// threads at a time, unless none changes it; a copy is a snapshot.
template <class Scalar_ = float>
class CrossBatchBank {
    static_assert(detail::is_row_scalar<Scalar_>,
                  "mohs::CrossBatchBank: rows are kept as float, double, Eigen::half or Eigen::bfloat16");

public:
    using Scalar = Scalar_;

    explicit CrossBatchBank(Index dimension, const CrossBatchOptions& options = {})
        : options_(options),
          content_(detail::checked_bank_capacity(dimension, options.capacity), dimension,
                   options.same_sample == SameSample::replace),
          ages_(static_cast<std::size_t>(options.capacity))
    {
    }

    [[nodiscard]] const CrossBatchOptions& options() const { return options_; }
    [[nodiscard]] Index rows() const { return content_.ledger.rows(); }
    [[nodiscard]] Index dimension() const { return content_.rows.cols(); }

    /// Puts rows in. `step` is that in which they were embedded.
    template <class Other>
    CrossBatchReport enqueue(const Batch<Other>& batch, std::uint64_t step)
    {
        check_batch("enqueue", batch, step);
        CrossBatchReport report;
        report.expired = drop_older(step);
        content_.put(batch, step, report);
        return report;
    }

    /// Puts these rows in instead of all that is there: the reference set, embedded anew. The parts of one that is
    /// embedded in parts follow by `enqueue`, in the same step. Where none of the rows is finite and of a known class,
    /// or there is no row, it does not count: what is there stays, and `due` stays true. O(rows D).
    template <class Other>
    CrossBatchReport renew(const Batch<Other>& batch, std::uint64_t step)
    {
        check_batch("renew", batch, step);
        if (content_.can_use_any(batch)) {
            content_.clear();
            content_.renewed = step;
        }
        CrossBatchReport report;
        content_.put(batch, step, report);
        return report;
    }

    /// Forgets everything, as if it were made anew.
    void clear() { content_.clear(); }

    /// Whether the bank is to be mined in: `warm_up` is over, and `batch(step)` has a row, which is not too old then.
    [[nodiscard]] bool ready(std::uint64_t step) const
    {
        check_step("ready", step);
        return step >= options_.warm_up && rows() > 0 &&
               (!options_.oldest || step - content_.ledger.newest_step() <= *options_.oldest);
    }

    /// Whether `renew` is to be called: `warm_up` is over, and it did not put rows in in the last `refresh` - 1 steps
    /// nor in this one. Steps may be left out. Never with `refresh` 0.
    [[nodiscard]] bool due(std::uint64_t step) const
    {
        check_step("due", step);
        return options_.refresh > 0 && step >= options_.warm_up &&
               (!content_.renewed || step - *content_.renewed >= options_.refresh);
    }

    /// What there is in this step, with labels and sample ids: drops the rows that are too old. A view, valid until
    /// rows are put in or dropped, and as long as the bank.
    [[nodiscard]] Batch<Scalar> batch(std::uint64_t step) &
    {
        check_step("batch", step);
        drop_older(step);
        return batch();
    }
    /// What there is since the last call with a step.
    [[nodiscard]] Batch<Scalar> batch() const&
    {
        return Batch<Scalar>(content_.rows.topRows(rows()), content_.ledger.labels()).with_ids(content_.ledger.ids());
    }
    Batch<Scalar> batch(std::uint64_t) const&& = delete;  // a view of a temporary: keep the bank in a variable
    Batch<Scalar> batch() const&& = delete;               // a view of a temporary: keep the bank in a variable

    /// The step of every row, by row of `batch()`.
    [[nodiscard]] std::span<const std::uint64_t> steps() const& { return content_.ledger.steps(); }
    std::span<const std::uint64_t> steps() const&& = delete;  // of a temporary: keep the bank in a variable

    /// How many steps ago every row was put in, by row of `batch()`, as to weigh them. Valid until the next call.
    [[nodiscard]] std::span<const std::uint64_t> ages(std::uint64_t step) &
    {
        check_step("ages", step);
        std::transform(steps().begin(), steps().end(), ages_.begin(), [step](std::uint64_t put) { return step - put; });
        return {ages_.data(), steps().size()};
    }

private:
    friend struct detail::BankAccess;

    void check_step(const char* verb, std::uint64_t step) const
    {
        detail::check_bank_step(verb, step, content_.last_step);
    }

    template <class Other>
    void check_batch(const char* verb, const Batch<Other>& batch, std::uint64_t step) const
    {
        static_assert(std::is_same_v<typename Batch<Other>::Compute, typename Batch<Scalar>::Compute>,
                      "mohs::CrossBatchBank: double rows go to a bank of double, others to one of float or 16 bits");
        check_step(verb, step);
        detail::check_bank_batch(batch, content_);
    }

    /// Drops what is too old; how many rows.
    Index drop_older(std::uint64_t step) { return options_.oldest ? content_.drop_older(*options_.oldest, step) : 0; }

    CrossBatchOptions options_;
    detail::BankContent<Scalar> content_;
    std::vector<std::uint64_t> ages_;
};

CrossBatchBank(Index) -> CrossBatchBank<float>;
CrossBatchBank(Index, const CrossBatchOptions&) -> CrossBatchBank<float>;

}  // namespace mohs::inline MOHS_ABI
