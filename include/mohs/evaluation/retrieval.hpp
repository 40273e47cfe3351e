#pragma once

/// \file
/// RetrievalMetrics: hit rate, recall, precision, MAP, MRR and NDCG at k; R-precision, MAP@R and MRR.

#include <mohs/detail/evaluation/duplicates.hpp>
#include <mohs/detail/evaluation/graded_gains.hpp>
#include <mohs/detail/evaluation/rank_positives.hpp>
#include <mohs/detail/evaluation/retrieval_values.hpp>
#include <mohs/detail/scene/start_report.hpp>
#include <mohs/result/retrieval_result.hpp>

#include <utility>

namespace mohs::inline MOHS_ABI {

/// Measures how well the candidates closest to each query share its label.
///
///     const mohs::RetrievalMetrics evaluate{mohs::Cosine{}, {.k = {1, 5, 10}}};
///     const mohs::RetrievalResult result = evaluate(queries, gallery);
///     result.overall.at_k[0].recall, result.overall.map_at_r, ...
///
/// A candidate is relevant if it has the query's label. The query itself, and rows of its sample id, are no
/// candidates. Candidates rank by score, equal scores by ascending row: the order of NearestNeighbours. With R
/// relevant candidates, rel(i) = 1 if that of rank i = 1, 2, ... is relevant, and P(i) = (rel(1) + ... + rel(i)) / i:
///
///     hit rate@k    max of rel(i), i <= k: "Recall@k" of metric learning (Oh Song et al. 2016), CMC@k elsewhere
///     recall@k      sum of rel(i), i <= k, divided by R
///     precision@k   sum of rel(i), i <= k, divided by k
///     MAP@k         sum of P(i) rel(i), i <= k, divided by R (trec_eval map_cut)
///     MRR@k         1 / i of the first relevant i <= k, or 0 (Voorhees 1999)
///     NDCG@k        sum of rel(i) / log2(i + 1), i <= k, divided by its largest value (Jaervelin, Kekaelaeinen 2002)
///     R-precision   precision@R
///     MAP@R         sum of P(i) rel(i), i <= R, divided by R (Musgrave et al. 2020)
///     MRR           MRR@k without a k
///
/// Where there are fewer than k candidates, the missing ones are not relevant. Options have the divisors of others
/// for precision@k and MAP@k. Lone queries, which have no relevant candidate, are left out and counted, rows that are
/// not finite, of unknown class or no anchors by their role too. With no query at all, everything is 0.
///
/// A relation of the queries stands in for labels: its positives are relevant, its negatives are not, and what is
/// neither is no candidate and takes no rank; the same for rows whose role is another one. Such queries are of one
/// class without a label: `per_class` is empty, and `macro` equals `overall`.
///
/// **Grades**, as of qrels (`graded_lists`), say how relevant a candidate is. Those of at least 1 are relevant, all others
/// are not; where the queries have a relation too, that alone says who is relevant, who is not and who is no candidate,
/// and grades, of at least 1, are looked at for its positives. NDCG@k becomes
///
///     sum of gain(g(i)) / log2(i + 1), i <= k, divided by that of the same candidates in the best order
///
/// with the grade g(i) of the relevant candidate at rank i and the gain that `.gain` says: g, or 2^g - 1. The best order
/// is over the query's relevant candidates, by descending grade, of any rank. Other metrics do not look at grades.
///
///     const mohs::GradedLists judged = mohs::graded_lists(qrels, query_ids, document_ids);
///     const double ndcg = evaluate(queries, documents, judged).overall.at_k[0].ndcg;
///
/// Throws std::invalid_argument for a k below 1, for batches with neither labels nor a relation, for a relation of
/// other sizes or given for the gallery, and if queries and gallery differ in their columns or in having ids, or share
/// rows in memory without ids or a relation; for grades of another number of queries, whose offsets or rows do not
/// ascend, that lack a positive of the relation, or are beyond 1000 where gains are exponential; std::out_of_range for
/// grades of rows that the gallery does not have. A gallery that holds copies of the queries cannot be told from another one:
/// `duplicates` counts the queries that equal a relevant candidate bit for bit. Time: a
/// scan of all pairs and one within classes, exact whatever k is; N^2 D / 2 multiply-adds for a batch whose classes
/// have at most 64 rows or so, up to N^2 D beyond. Memory: one packed copy of the rows, about 1 KiB per row for
/// relevant candidates, and 48 bytes per row and k. Grades take O(log) of a list per relevant candidate.
template <Metric M>
class RetrievalMetrics {
public:
    RetrievalMetrics(M, RetrievalOptions options = {}) : options_(std::move(options))
    {
        for (const Index k : options_.k) {
            if (k < 1) {
                detail::throw_bad_value("RetrievalMetrics: k", static_cast<double>(k), "at least 1");
            }
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // evaluate a Batch{rows, labels}

    /// Every row of a batch against all others.
    template <class Scalar>
    [[nodiscard]] RetrievalResult operator()(const Batch<Scalar>& batch, const Options& options = {}) const
    {
        return evaluate(batch, batch, true, nullptr, options);
    }
    /// The same with grades: those of row i are how relevant others are to it.
    template <class Scalar>
    [[nodiscard]] RetrievalResult operator()(const Batch<Scalar>& batch, const GradedLists& grades,
                                             const Options& options = {}) const
    {
        return evaluate_graded(batch, batch, true, grades, options);
    }

    /// Queries against a gallery.
    template <class A, class B>
    [[nodiscard]] RetrievalResult operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                             const Options& options = {}) const
    {
        return evaluate(queries, gallery, false, nullptr, options);
    }
    /// The same with grades.
    template <class A, class B>
    [[nodiscard]] RetrievalResult operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                             const GradedLists& grades, const Options& options = {}) const
    {
        return evaluate_graded(queries, gallery, false, grades, options);
    }

private:
    template <class A, class B>
    RetrievalResult evaluate_graded(const Batch<A>& queries, const Batch<B>& gallery, bool self,
                                    const GradedLists& grades, const Options& options) const
    {
        const detail::GradedGains gains(grades, queries.rows(), gallery.rows(), options_.gain);
        if (queries.relation() != nullptr) {
            gains.check_positives(*queries.relation());
            return evaluate(queries, gallery, self, &gains, options);
        }
        const PositiveLists lists = grades.positives();
        const Relation relation = Relation::positive_lists(lists.offsets, lists.rows, gallery.rows());
        const Batch<A> related = queries.related_by(relation);
        return evaluate(related, self ? related : gallery, self, &gains, options);
    }

    template <class A, class B>
    RetrievalResult evaluate(const Batch<A>& queries, const Batch<B>& gallery, bool self,
                             const detail::GradedGains* gains, const Options& options) const
    {
        Workspace workspace;
        const auto scene =
            detail::open_scene<M>({.verb = "RetrievalMetrics", .self = self}, queries, gallery, options, workspace);
        const detail::RetrievalValues values(options_, gallery.rows());
        const Index count = values.count();
        const std::span<double> of_query = workspace.take<double>(scene.anchors.rows() * count);
        const std::span<Index> relevant = workspace.take<Index>(scene.anchors.rows());
        detail::rank_positives<M>(
            scene, values.limit(), options, workspace, [&](Index position, const auto& positives, const auto& ranked) {
                const auto all = static_cast<Index>(positives.size());
                relevant[static_cast<std::size_t>(position)] = all;
                if (all == 0) {
                    return;
                }
                double* const to = of_query.data() + position * count;
                values.of_query(all, ranked, to);
                if (gains != nullptr) {
                    std::vector<double> of_all = gains->of(scene.anchors.row_of(position), positives);
                    values.grade(ranked, of_all, to);
                }
            });

        RetrievalResult result;
        detail::start_report(scene, queries.rows(), result.report);
        result.duplicates = detail::Duplicates(queries, gallery, self).count();
        std::vector<double> total(static_cast<std::size_t>(count)), macro(total), of_class(total);
        Index classes = 0;
        for (Index begin = 0, end = 0; begin < scene.anchors.rows(); begin = end) {
            Index members = 0;
            std::fill(of_class.begin(), of_class.end(), 0.0);
            for (; end < scene.anchors.rows() && scene.anchors.class_of(end) == scene.anchors.class_of(begin); ++end) {
                if (!scene.anchors.has_role(end, Role::anchor)) {
                    continue;
                }
                const Index positives = relevant[static_cast<std::size_t>(end)];
                members += positives > 0;
                result.report.tuples += positives;
                result.report.no_positive += positives == 0;
                for (Index i = 0; positives > 0 && i < count; ++i) {
                    of_class[static_cast<std::size_t>(i)] += of_query[static_cast<std::size_t>(end * count + i)];
                }
            }
            if (members > 0) {
                ++classes;
                result.report.valid += members;
                if (queries.relation() == nullptr) {
                    result.per_class.push_back(
                        {queries.label(scene.anchors.row_of(begin)), values.means(of_class, members, members)});
                }
                for (std::size_t i = 0; i < total.size(); ++i) {
                    total[i] += of_class[i];
                    macro[i] += of_class[i] / static_cast<double>(members);
                }
            }
        }
        result.overall = values.means(total, result.report.valid, result.report.valid);
        result.macro = values.means(macro, classes, result.report.valid);
        return result;
    }

    RetrievalOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
