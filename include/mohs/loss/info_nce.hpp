#pragma once

/// \file
/// InfoNCE: softmax over the candidates of every anchor, streamed; or over those that were mined for it.

#include <mohs/detail/loss/loss_calls.hpp>
#include <mohs/detail/loss/softmax/info_nce_run.hpp>
#include <mohs/detail/loss/softmax/softmax_tuples.hpp>

namespace mohs::inline MOHS_ABI {

/// Which candidates are the positives of a query: those with its label, or of its relation if the batch has one; or the
/// one with its row number.
enum class PositivesOf { label, pair };

/// Whose softmax: that of each query over the candidates, or also that of each candidate over the queries.
enum class Directions { query_to_candidate, both };

/// Options of InfoNCE. The temperature divides similarities: 0.07 is that of Wu et al. (2018) and of MoCo (He et al.
/// 2020), and the default of NT-Xent in pytorch-metric-learning.
struct InfoNCEOptions {
    double temperature = 0.07;
    PositivesOf positives = PositivesOf::label;
    Denominator denominator = Denominator::positives_excluded;
    Directions directions = Directions::query_to_candidate;
    Reduction reduction = Reduction::mean;
};

/// InfoNCE (van den Oord et al. 2018) with logits z = similarity / temperature, for an anchor with positives P and
/// negatives N. With LSE the logarithm of a sum of exponentials, `.denominator` is one of
///
///     positives_excluded    LSE over {p} and N of z - z_p, one loss for each p of P
///     positives_included    mean over p of P of (LSE over P and N of z) - z_p
///     summed_inside         (LSE over P and N of z) - (LSE over P of z) + log |P|
///
/// They agree where there is one positive. `mean` is over pairs for the first, over anchors for the others.
///
/// `loss(batch)` has the other rows of the batch as candidates and positives by label; NT-Xent (SimCLR) is this with
/// the number of the sample as the label of its two views. `loss(queries, candidates)` has positives by label, or,
/// with `.positives = PositivesOf::pair`, candidate i for query i: candidates past the last query are negatives for
/// all, and other candidates that share the query's id or label are duplicates, neither positive nor negative. By
/// label, pairs that share an id are left out. `loss(queries, candidates, own)` adds negatives of each anchor's own:
/// row i * H + h of `own` belongs to query i; those that share its id or label are left out. `Directions::both` is
/// the average of both directions, each reduced by itself, as in CLIP; own negatives take part in the first. One batch
/// has one direction.
///
/// A relation of the queries stands in for labels: P is what it lists, what is neither is left out, and own negatives
/// are left out by id only. Towards the queries it is the same relation turned round: a candidate's positives are the
/// queries that list it, its negatives those it is a negative of. It need not be symmetric within a batch: each row's
/// softmax is over what the row is the anchor of. Roles hold in either direction: only rows that may be anchors have a
/// softmax, only those that may be positives or negatives are in that of others. Candidates of unknown class are left
/// out.
///
/// Filters of pairs (filter.hpp) may follow the options: suspected false negatives are taken out of the denominators. A
/// pair that one rejects is neither, from whichever end. Between queries and candidates a filter is asked about the
/// query as the anchor and the candidate as the negative, and with both directions that answer serves either; within a
/// batch it is asked for either row as the anchor; of own negatives row h goes by the number `candidates.rows() + h`.
/// For instance near-duplicates under another label, and what a guide model finds closer to the query than its partner
/// (GISTEmbed, Solatorio 2024):
///
///     mohs::InfoNCE loss{mohs::Cosine{}, {}, mohs::ExcludeNearDuplicates{mohs::similarity(0.95), std::false_type{}}};
///
///     const mohs::Relation pairs = mohs::Relation::paired(queries.rows());
///     const mohs::ExcludeByGuideThreshold closer{queries.related_by(pairs), candidates, guide, guide_candidates};
///     mohs::InfoNCE paired{mohs::Cosine{}, {.positives = mohs::PositivesOf::pair}, closer};
///
/// `report.rejected` counts, for every filter, the pairs of an anchor and a negative that it was the first to reject:
/// with both directions, or within a batch, those of either end. Anchors with a positive whose negatives were all
/// rejected are skipped, and counted under `all_filtered`.
///
/// Scores are those of the kernel, in float or double. Exponentials are of differences of scores, which are taken before
/// they are scaled, so temperatures down to 0.001 and logits up to 1/32 of the largest scalar neither overflow nor lose
/// the gradient. With u the epsilon of the scalar, T the temperature and D columns, a logit is off by at most
/// (D / 2 + 2) u |a| |b| / T, as its score is rounded, a loss by twice that and 8 u. Given the scores, the weights in a
/// gradient are off by less than u for each loss: those of a softmax add up to 1 whatever the size of its logits.
/// Gradients are with respect to the raw rows.
/// Anchors without a positive, then those without a negative, are skipped and counted; no anchor left, one class, an
/// empty batch: value 0 and gradient 0. Rows that are not finite, of unknown class or no anchors by their role are
/// counted as such. Where logits might not fit the scalar at all (dot products of huge rows), the value is 0 and
/// `report.overflows` counts the anchors. `report.positive` and `report.negative` stay empty.
///
/// Throws std::invalid_argument for a temperature that is not finite and above 0, neither labels nor a relation, fewer
/// candidates than paired queries, `pair` for one batch or next to a relation, a relation of other sizes or one that is
/// given for candidates or own negatives, queries and candidates that share rows in memory where labels decide and
/// there are no ids, an `own` whose rows are no multiple of the queries, sizes that do not fit, or senseless options of
/// filters, and what filters throw for batches that do not suit them, before any work. The same bits for any number of
/// threads. Time: 2 N^2 D multiply-adds for a batch and its gradient, 3 Q C D for queries, candidates and both
/// gradients, 4 Q C D for both directions, plus one exponential per pair and softmax, and one more where a gradient is
/// not made in the same sweep; N^2 D / 2 and Q C D for values alone. Memory O(N D), and the scores of up to 96 anchors,
/// or 48 per thread, with all candidates. Filters with limits cost a comparison per pair, and O(D) for pairs within
/// rounding of a limit; others are asked about every negative, twice where gradients are wanted; they take about 60
/// bytes per anchor.
///
/// **Over tuples**, `loss(batch, tuples)` and `loss(queries, candidates, tuples)`, an anchor's softmax is over what was mined
/// for it. P and N are sets: a candidate counts once in a sum, however many tuples name it (in pytorch-metric-learning 2.8
/// a negative counts once for each of its triplets), and the order of the tuples does not matter.
///
///     Triplets      P and N are the positives and negatives of the anchor's triplets; with positives_excluded each positive
///                   stands against the negatives of its own triplets, those that were mined for the two
///     Pairs         P and N are the positives and negatives that are paired with the anchor
///     Neighbours    of queries among candidates, with `.positives = PositivesOf::pair`: P is the candidate with the query's
///                   number, whether it was found or not, N are the neighbours but that one; queries without any are skipped
///
/// `mean` is over P of all anchors for positives_excluded, over anchors for the others, `mean_active` over those with a loss
/// above zero. `per_tuple` has the sum of the losses of every row of the batch, or of every query. Labels, relations, roles
/// and ids are not looked at, and with Triplets and Pairs nor is `.positives`; filters are not asked: miners take them.
/// Values are computed in double. `report` is that of the miner, but `valid` counts anchors with a loss, those without are
/// added to `no_positive` or `no_negative`, `tuples` and `active` count losses, and `overflows` pairs and losses that are
/// not finite, which are left out, and gradient elements that do not fit. Throws std::out_of_range for rows that do not
/// exist, std::invalid_argument for `Directions::both`, as tuples are mined for one side, and for Neighbours in one batch or
/// by label, before any work. Time O(T D + T log T), memory about 140 bytes per tuple, and 56 per row in one with a copy of
/// it; other rows are not touched.
template <Metric M, class... Filters>
class InfoNCE : public detail::PairLossCalls<InfoNCE<M, Filters...>, true>,
                public detail::TupleLossCalls<InfoNCE<M, Filters...>, Triplets<M>, Pairs<M>, Neighbours<M>> {
    using PairCalls = detail::PairLossCalls<InfoNCE, true>;
    using TupleCalls = detail::TupleLossCalls<InfoNCE, Triplets<M>, Pairs<M>, Neighbours<M>>;
    friend PairCalls;
    friend TupleCalls;
    static_assert(M::is_similarity, "mohs::InfoNCE: the metric has to be a similarity, as Cosine or DotProduct");
    static_assert((Filter<Filters> && ...),
                  "mohs::InfoNCE: what follows the options has to be filters: put a lambda into mohs::ExcludeIf");
    static_assert(((!Filter<Filters> || PairFilter<Filters>)&&...),
                  "mohs::InfoNCE: this filter needs the positive of a triplet, and a pair has none (filter.hpp)");
    static_assert(detail::countable<Filters...>, "mohs::InfoNCE: too many filters");

public:
    InfoNCE(M, const InfoNCEOptions& options = {}, Filters... filters)
        : options_(options), filters_(std::move(filters)...)
    {
        detail::validate_filters(filters_);
        if (!detail::is_finite(options.temperature) || !(options.temperature > 0)) {
            detail::throw_bad_value("InfoNCE: temperature", options.temperature, "finite and above 0");
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    using PairCalls::operator();
    using TupleCalls::operator();

private:
    static constexpr const char* name = "InfoNCE";
    [[nodiscard]] bool both() const { return options_.directions == Directions::both; }
    [[nodiscard]] Reduction reduction() const { return options_.reduction; }
    [[nodiscard]] Index singles(Index queries, Index candidates, bool self) const
    {
        return queries + (both() && !self ? candidates : 0);
    }
    template <class Tuples>
    [[nodiscard]] Index singles(const Tuples&, Index anchors) const
    {
        return anchors;
    }

    template <class A, class B, class Own, class GradientA, class GradientB, class GradientOwn>
    double over_all(const Batch<A>& queries, const Batch<B>& candidates, const Batch<Own>* own, bool self,
                    GradientA& query_gradient, GradientB& candidate_gradient, GradientOwn& own_gradient,
                    const Options& options, const detail::LossCall& call) const
    {
        const bool paired = options_.positives == PositivesOf::pair;
        if (own != nullptr) {
            check_own(queries, *own);
        }
        detail::check_batches({.verb = name, .self = self, .needs_relation = !paired, .told_apart = paired}, queries,
                              candidates, options);
        if (paired) {
            check_paired(self, queries.rows(), candidates.rows());
        }
        if (paired && queries.relation() != nullptr) {
            detail::throw_rule(name, "the relation of the queries and PositivesOf::pair both say who is positive");
        }
        detail::check_filters(filters_, queries.rows(), candidates.rows() + (own != nullptr ? own->rows() : 0));
        const detail::InfoNCEPlan plan{
            options_.temperature, options_.denominator, options_.reduction, paired, both() && !self, self};
        return detail::InfoNCERun<M, A, B, Own, Filters...>(plan, queries, candidates, own, filters_, options,
                                                            call.workspace)
            .run(query_gradient, candidate_gradient, own_gradient, call.scale, call.report, call.per_tuple);
    }

    template <class A, class B, class Tuples, class GradientA, class GradientB>
    double over_tuples(const Batch<A>& anchors, const Batch<B>& candidates, bool self, const Tuples& tuples,
                       GradientA& anchor_gradient, GradientB& candidate_gradient, const detail::LossCall& call) const
    {
        if (both()) {
            detail::throw_rule(name, "Directions::both has no meaning over tuples, which are mined for one side");
        }
        if constexpr (std::is_same_v<Tuples, Neighbours<M>>) {
            if (options_.positives != PositivesOf::pair) {
                detail::throw_rule(name,
                                   "neighbours do not say which of them are positives: take PositivesOf::pair, "
                                   "or make mohs::pairs_of two searches");
            }
            check_paired(self, anchors.rows(), candidates.rows());
        }
        const detail::SoftmaxTuples mined(tuples, options_.denominator, call.workspace);
        const Index pairs = mined.size();
        return detail::with_pair_terms<M>(
            anchors, candidates, self, pairs, pairs, pairs, call.workspace, [&](auto&& terms) {
                mined.name_pairs(terms);
                terms.read(call.workspace);
                terms.measure_all();
                const detail::TupleSoftmax softmax{mined, options_.denominator, options_.temperature};
                const double sum = softmax.evaluate(terms, call.report, call.per_tuple);
                const Index divisor = detail::divisor_of(options_.reduction, call.report.tuples, call.report.active);
                if (divisor == 0 || call.report.tuples == 0) {
                    return 0.0;
                }
                const double share = 1 / static_cast<double>(divisor);
                call.report.overflows += terms.add_gradients(anchor_gradient, candidate_gradient,
                                                             call.scale * share / options_.temperature, call.workspace);
                return sum * share;
            });
    }

    static void check_paired(bool self, Index queries, Index candidates)
    {
        if (self || candidates < queries) {
            detail::throw_invalid("InfoNCE: paired positives need a candidate for each of the " +
                                  std::to_string(queries) + " queries, but there are " +
                                  (self ? "none" : std::to_string(candidates)));
        }
    }

    template <class A, class Own>
    static void check_own(const Batch<A>& queries, const Batch<Own>& own)
    {
        if (own.dimension() != queries.dimension() ||
            (queries.rows() == 0 ? own.rows() > 0 : own.rows() % queries.rows() != 0)) {
            detail::throw_invalid("InfoNCE: own negatives are " + std::to_string(own.rows()) + " x " +
                                  std::to_string(own.dimension()) + ", but must be a multiple of the " +
                                  std::to_string(queries.rows()) + " queries, of " +
                                  std::to_string(queries.dimension()) + " columns");
        }
        if (own.relation() != nullptr) {
            detail::throw_rule("InfoNCE", "the relation is given for own negatives, but belongs to the queries");
        }
    }

    InfoNCEOptions options_;
    std::tuple<Filters...> filters_;
};

}  // namespace mohs::inline MOHS_ABI
