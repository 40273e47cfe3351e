#pragma once

/// \file
/// The sweep of the contrastive loss: strips of products in double, hinges along the vectors, and a second product for
/// the gradients. Pairs whose products cannot tell their distance are measured one by one.

#include <mohs/detail/filter/pair_filters.hpp>
#include <mohs/detail/kernel/update_panel.hpp>
#include <mohs/detail/loss/contrastive/contrastive_scratch.hpp>
#include <mohs/detail/loss/contrastive/measured_pair.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Visits all pairs of the rows of one side with the columns of the other, each row in one task, in ascending order of
/// the columns. `Filters` are those of the pairs of the exact scene, or NoPairFilters; with any, all products are made.
template <class M, class T, class A, class B, class Filters>
class ContrastiveSweep {
public:
    /// `anchors`: the rows are the anchors of the scene, not its candidates.
    ContrastiveSweep(const ContrastiveScenes<M, T>& scenes, bool anchors, const RowGradient<M, A>& rows,
                     const RowGradient<M, B>& columns, const PairHinge& hinge, const Filters& filters)
        : scene_(scenes.exact),
          reach_of_(scenes.coarse, anchors, hinge.negative_margin),
          reach_width_(scenes.coarse.width),
          anchors_(anchors),
          row_side_(anchors ? scene_.anchors : scene_.candidates),
          column_side_(anchors ? scene_.candidates : scene_.anchors),
          rows_(rows),
          columns_(columns),
          hinge_(hinge),
          filters_(filters),
          trust_(hinge, Finish<M>::is_root, row_side_.unscale, scene_.depth),
          measures_all_(!is_moderate(hinge, row_side_.unscale, column_side_.unscale))
    {
    }

    /// Results live in the workspace's current frame.
    void run(bool gradients, const Options& options, Workspace& workspace)
    {
        const RelatedSide<double> rows =
                                      relate_side(scene_, anchors_, rows_.batch(), columns_.batch(), false, workspace),
                                  columns = scene_.self ? rows
                                                        : relate_side(scene_, !anchors_, columns_.batch(),
                                                                      rows_.batch(), false, workspace);
        const Index elements = gradients ? rows_.batch().rows() * scene_.depth : 0;
        positive_ = workspace.take<double>(elements, 0.0);
        negative_ = workspace.take<double>(elements, 0.0);
        results_ = workspace.take<ContrastiveRow>(rows.rows(), ContrastiveRow{});
        const Workspace::Frame frame(workspace);
        row_squares_ = squares_of<M>(row_side_, workspace);
        column_squares_ = scene_.self ? row_squares_ : squares_of<M>(column_side_, workspace);
        // A task is a panel of the coarse scene, which holds one of the other scene or two.
        const Index tasks = (rows.rows() + reach_width_ - 1) / reach_width_, width = scene_.width;
        const ContrastiveScratch<T> scratch(worker_count(options, tasks), width, gradients ? scene_.depth : 0,
                                            reach_width_, reach_of_.stripe_count(), workspace);
        parallel_for(options, tasks, [&](Index task, int number) {
            ContrastiveWorker<T> worker = scratch.worker(number);
            reach_of_.find_thresholds(task, worker.thresholds);
            if constexpr (tests_reach) {
                reach_of_.test_stripes(task, worker.products, worker.thresholds, worker.reached_stripes);
            }
            for (Index base = task * reach_width_; base < (std::min)((task + 1) * reach_width_, rows.rows());
                 base += width) {
                sweep(StripRows<double>(scene_, rows, columns, base / width, Filters::present && scene_.self), columns,
                      worker);
            }
        });
    }

    /// Value, weights and report of the whole. `of_row`, if not empty, receives the sum of the pairs of every row.
    [[nodiscard]] ContrastiveTotal total(Reduction reduction, bool together, Report& report,
                                         std::span<double> of_row) const
    {
        report = {};
        start_report(scene_, rows_.batch().rows(), report);
        const ContrastiveTotal result = total_of(scene_, row_side_, results_, reduction, together, report, of_row);
        if constexpr (Filters::present) {
            for (Index position = 0; position < row_side_.rows(); ++position) {
                // Anchors without a pair have lost it, or had none.
                const bool filtered = filters_.report_row(anchors_, position, report);
                if (filtered && results_[static_cast<std::size_t>(position)].pairs == 0) {
                    --report.no_positive;
                    ++report.all_filtered;
                }
            }
        }
        return result;
    }

    /// Hands on the gradients of the rows with an active pair, if they are wanted. Rows that are not finite have none.
    template <class Gradient, class Rows>
    void add_to(Rows& rows, const ContrastiveTotal& total, double scale) const
    {
        if constexpr (is_wanted<Gradient>) {
            for (Index position = 0; position < row_side_.rows(); ++position) {
                const ContrastiveRow& result = results_[static_cast<std::size_t>(position)];
                if (result.positive.active + result.negative.active == 0) {
                    continue;
                }
                const Index row = row_side_.row_of(position);
                double* const sum = rows.sum_of(row);
                for (Index k = 0; k < scene_.depth; ++k) {
                    const auto at = static_cast<std::size_t>(row * scene_.depth + k);
                    sum[k] += scale * (total.positive_weight * positive_[at] + total.negative_weight * negative_[at]);
                }
            }
        }
    }

private:
    /// Whether stripes are ruled out before their products are made in double.
    static constexpr bool tests_reach = ContrastiveScratch<T>::tests_reach && !Filters::present;
    using Worker = ContrastiveWorker<T>;

    /// The pairs of a panel of rows.
    void sweep(const StripRows<double>& strip, const RelatedSide<double>& columns, const Worker& worker)
    {
        const Index width = scene_.width;
        for (const int kind : {0, 1}) {
            std::fill(worker.sums[kind].loss, worker.sums[kind].loss + 3 * width, 0.0);
            if (worker.gradient[kind] != nullptr) {
                std::fill(worker.gradient[kind], worker.gradient[kind] + width * scene_.depth, 0.0);
            }
        }
        for (Index base = 0; base < columns.rows(); base += stripe_columns) {
            const Index size = stripe_size(columns, base);
            bool plain = strip.all_negative(base, size, worker.kinds);
            if constexpr (Filters::present) {
                isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                    strip.template compute<decltype(isa)>(base, worker.strip);
                });
                // Of two batches, the second sweep sees the pairs that the first has counted.
                plain = filters_.apply(strip, base, size, worker.strip, plain,
                                       {.both_ends = scene_.self, .counts = anchors_}, worker.kinds);
            }
            plain ? count_negatives(strip, size) : mask_kinds(strip, size, worker);
            const Reach reach = tests_reach ? worker.reached_stripes.reach[base / stripe_columns] : Reach::many;
            if (plain && reach != Reach::many) {
                if (reach == Reach::few) {
                    measure_few(strip, base, size, worker.reached_stripes);
                }
                continue;
            }
            const bool reached = reach != Reach::none;
            bool measured = measures_all_;
            if (measures_all_) {
                std::fill(worker.strip, worker.strip + size * width, to_be_measured);
            } else {
                isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                    measured = weigh_stripe<decltype(isa)>(strip, base, size, plain, reached, worker);
                });
            }
            if (measured) {
                measure_pairs(strip, base, size, plain, worker);
            }
        }
        finish(strip, worker);
    }

    /// Losses and gradients of a stripe; says whether there are pairs left to be measured.
    template <class Isa>
    MOHS_ALWAYS_INLINE bool weigh_stripe(const StripRows<double>& strip, Index base, Index size, bool plain,
                                         bool reached, const Worker& worker) const
    {
        if constexpr (!Filters::present) {
            strip.template compute<Isa>(base, worker.strip);
        }
        if constexpr (std::is_same_v<T, double>) {
            reached = reach_of_.template is_reached<Isa>(worker.strip, base, size, worker.thresholds);
        }
        if (plain && !reached) {
            return false;
        }
        bool measured = false;
        const double unit = Finish<M>::unit(row_side_.unscale, column_side_.unscale);
        if constexpr (!Finish<M>::is_product) {
            measured = square_distances<Isa>(worker.strip, size, row_squares_.data() + strip.base(),
                                             column_squares_.data() + base, trust_);
        }
        if (reached) {
            const HingeTerms terms = hinge_terms<M>(hinge_, false, unit);
            const bool active =
                plain ? weigh_hinges<M, false, Isa>(worker.strip, nullptr, size, terms, worker.sums[1], worker.weights)
                      : weigh_hinges<M, true, Isa>(worker.strip, worker.masks[1], size, terms, worker.sums[1],
                                                   worker.weights);
            add_gradient<Isa>(active, base, size, worker.weights, worker.gradient[1]);
        }
        if (!plain) {
            const HingeTerms terms = hinge_terms<M>(hinge_, true, unit);
            const bool active =
                weigh_hinges<M, true, Isa>(worker.strip, worker.masks[0], size, terms, worker.sums[0], worker.weights);
            add_gradient<Isa>(active, base, size, worker.weights, worker.gradient[0]);
        }
        return measured;
    }

    template <class Isa>
    MOHS_ALWAYS_INLINE void add_gradient(bool active, Index base, Index size, const double* weights,
                                         double* gradient) const
    {
        if (active && gradient != nullptr) {
            isa::enter(Isa{}, UpdatePanel<double>{weights, size, column_side_.panels + base * scene_.depth,
                                                  scene_.depth, gradient});
        }
    }

    [[nodiscard]] ContrastiveRow& result_of(Index position) { return results_[static_cast<std::size_t>(position)]; }

    void count_negatives(const StripRows<double>& strip, Index size)
    {
        for (Index r = 0; r < strip.count(); ++r) {
            result_of(strip.base() + r).pairs += size;
            result_of(strip.base() + r).negative.tuples += size;
        }
    }

    /// Counts the pairs of a stripe that are of several kinds, and masks either kind.
    MOHS_NOINLINE void mask_kinds(const StripRows<double>& strip, Index size, const Worker& worker)
    {
        // What the pair is to its anchors: the row, the column, or in a self-scan both.
        const Related *const from_columns = strip.from_columns(worker.kinds),
                             *const one = anchors_ ? worker.kinds : from_columns,
                             *const two = scene_.self ? from_columns : one;
        for (Index c = 0; c < size; ++c) {
            for (Index r = 0; r < strip.count(); ++r) {
                const Index at = c * scene_.width + r;
                const bool positive = one[at] == Related::positive || two[at] == Related::positive,
                           negative = one[at] == Related::negative || two[at] == Related::negative;
                worker.masks[0][at] = positive ? -1 : 0;
                worker.masks[1][at] = negative ? -1 : 0;
                ContrastiveRow& result = result_of(strip.base() + r);
                result.pairs += one[at] != Related::neither;
                result.positive.tuples += positive;
                result.negative.tuples += negative;
            }
        }
    }

    /// The gradient of a row by the sum of one kind, null unless wanted.
    [[nodiscard]] double* gradient_of(int kind, Index position)
    {
        const std::span<double> all = kind == 0 ? positive_ : negative_;
        return all.empty() ? nullptr : all.data() + row_side_.row_of(position) * scene_.depth;
    }

    void measure_pair(Index position, Index column_position, int kind)
    {
        MeasuredPair<M, A, B>{rows_, columns_, hinge_}.add(row_side_.row_of(position),
                                                           column_side_.row_of(column_position), kind == 0,
                                                           result_of(position), gradient_of(kind, position));
    }

    /// The negatives of a stripe that are listed.
    MOHS_NOINLINE void measure_few(const StripRows<double>& strip, Index base, Index size,
                                   const ReachedStripes& reached_stripes)
    {
        const ReachedPair *const begin = reached_stripes.pairs, *const end = begin + reached_stripes.pair_count,
                                 *pair = std::partition_point(
                                     begin, end, [&](const ReachedPair& each) { return each.column < base; });
        for (; pair != end && pair->column < base + size; ++pair) {
            if (pair->row >= strip.base() && pair->row < strip.base() + strip.count()) {
                measure_pair(pair->row, pair->column, 1);
            }
        }
    }

    /// The pairs of a stripe that are to be measured.
    MOHS_NOINLINE void measure_pairs(const StripRows<double>& strip, Index base, Index size, bool plain,
                                     const Worker& worker)
    {
        for (Index r = 0; r < strip.count(); ++r) {
            for (Index c = 0; c < size; ++c) {
                const Index at = c * scene_.width + r;
                for (const int kind : {0, 1}) {
                    const bool counts = plain ? kind == 1 : worker.masks[kind][at] != 0;
                    if (worker.strip[at] == to_be_measured && counts) {
                        measure_pair(strip.base() + r, base + c, kind);
                    }
                }
            }
        }
    }

    /// From the sums of a panel to results and gradients: sum w c of columns c, or sum w (r - c) for a row r.
    void finish(const StripRows<double>& strip, const Worker& worker)
    {
        const Index width = scene_.width;
        // Roots are divided by their distance, which has the unit of the packed rows.
        const double unit = Finish<M>::is_root ? 1 : Finish<M>::pull(0, 1) * column_side_.unscale;
        for (Index r = 0; r < strip.count(); ++r) {
            const Index position = strip.base() + r;
            ContrastiveRow& result = result_of(position);
            for (const int kind : {0, 1}) {
                PairCount& count = kind == 0 ? result.positive : result.negative;
                const HingeSums& sums = worker.sums[kind];
                count.sum += sums.loss[r];
                count.active += static_cast<Index>(sums.active[r]);
                if (worker.gradient[kind] == nullptr || sums.active[r] == 0) {
                    continue;
                }
                const double* const panel = row_side_.panels + strip.base() * scene_.depth;
                double* const out = gradient_of(kind, position);
                for (Index k = 0; k < scene_.depth; ++k) {
                    const double sum = worker.gradient[kind][k * width + r];
                    out[k] += unit * (Finish<M>::is_product ? sum : sums.weight[r] * panel[k * width + r] - sum);
                }
            }
        }
    }

    const Scene<double>& scene_;
    HingeReach<M, T> reach_of_;
    Index reach_width_;
    bool anchors_;
    const PackedSide<double>&row_side_, &column_side_;
    const RowGradient<M, A>& rows_;
    const RowGradient<M, B>& columns_;
    const PairHinge& hinge_;
    const Filters& filters_;
    DistanceTrust trust_;
    bool measures_all_;
    std::span<const double> row_squares_, column_squares_;
    std::span<ContrastiveRow> results_;
    std::span<double> positive_, negative_;  ///< gradients of the two sums: their divisors are known at the end only
};

}  // namespace mohs::inline MOHS_ABI::detail
