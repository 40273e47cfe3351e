#pragma once

/// \file
/// What options mean for the work: how much is kept per list, how large blocks are; and what results say of where
/// they came from.

#include <mohs/corpus/input/block_source.hpp>
#include <mohs/corpus/input/corpus_options.hpp>
#include <mohs/detail/base/text_of_number.hpp>
#include <mohs/detail/scene/check_batches.hpp>
#include <mohs/result/corpus_report.hpp>
#include <mohs/version.hpp>

#include <algorithm>
#include <limits>
#include <span>

namespace mohs::inline MOHS_ABI::detail {

struct CorpusPlan {
    bool raw = false;    ///< the first `range_max` raw ranks are kept, whatever rules say of them
    bool draws = false;  ///< negatives are drawn from the whole corpus
    Index keep = 0;      ///< candidates per list; 0: nothing is scanned
    Index pool = 0;      ///< survivors that negatives are taken from
    Index corpus_block = 0;

    /// `deepens`: candidates are asked about, or come from an index.
    CorpusPlan(const CorpusOptions& options, Index rows, Index row_bytes, bool deepens)
    {
        raw = options.range_max.has_value();
        draws = options.sampling == Sampling::random && !options.pool && !raw && !deepens;
        constexpr Index usual_pool = 100, block_bytes = Index{1} << 25;
        pool = options.sampling == Sampling::top ? options.num_negatives
               : options.pool                    ? *options.pool
               : raw                             ? *options.range_max
                                                 : (std::max)(usual_pool, options.num_negatives);
        // Each within the rows, so that their sum is in range.
        const auto within = [rows](Index count) { return (std::min)(count, rows); };
        keep = raw     ? within(*options.range_max)
               : draws ? within(within(options.raw_range_min) + within(options.range_min))
                       : within(within(options.raw_range_min) + within(options.range_min) + within(pool));
        // Rows of a block are numbered in 32 bits.
        corpus_block = options.corpus_block > 0
                           ? (std::min)(options.corpus_block, Index{1} << 30)
                           : std::clamp<Index>(block_bytes / std::max<Index>(row_bytes, 1), 256, 1 << 20);
    }
};

/// What can change a result. Threads, blocks and the instruction set cannot.
inline CorpusProvenance provenance_of(const CorpusOptions& options, const char* metric)
{
    CorpusProvenance result;
    result.version =
        std::to_string(version_major) + "." + std::to_string(version_minor) + "." + std::to_string(version_patch);
    result.metric = metric;
    result.tag = options.tag;
    const auto add = [&result](const char* name, const std::string& value) {
        result.options.emplace_back(name, value);
    };
    const auto add_count = [&](const char* name, std::optional<Index> value) {
        if (value) {
            add(name, std::to_string(*value));
        }
    };
    const auto add_number = [&](const char* name, std::optional<double> value) {
        if (value) {
            add(name, text_of_number(*value));
        }
    };
    static constexpr const char* samplings[] = {"top", "random", "softmax", "simans", "rotation"};
    static constexpr const char* references[] = {"min", "max", "mean", "own"};
    add_count("num_negatives", options.num_negatives);
    add_count("range_min", options.range_min);
    add_count("range_max", options.range_max);
    add_count("raw_range_min", options.raw_range_min);
    add_number("max_score", options.max_score);
    add_number("min_score", options.min_score);
    add_number("absolute_margin", options.absolute_margin);
    add_number("relative_margin", options.relative_margin);
    add("reference_positive", references[static_cast<std::size_t>(options.reference_positive)]);
    add("per_positive", options.per_positive ? "true" : "false");
    add("sampling", samplings[static_cast<std::size_t>(options.sampling)]);
    add_count("pool", options.pool);
    if (options.sampling == Sampling::softmax) {
        add_number("temperature", options.temperature);
    }
    if (options.sampling == Sampling::simans) {
        add_number("simans_a", options.simans_a);
        add_number("simans_b", options.simans_b);
    }
    add("seed", std::to_string(options.seed));
    add("epoch", std::to_string(options.epoch));
    return result;
}

/// Refuses queries, a corpus and a relation that do not fit each other, and options of a scan that make no sense.
template <class Queries, class Corpus>
void check_corpus(const Queries& queries, const Corpus& corpus, const Relation& relation, const Options& options)
{
    static_assert(std::is_same_v<typename ComputeOf<typename Queries::Scalar>::Type,
                                 typename ComputeOf<typename Corpus::Scalar>::Type>,
                  "mohs: double rows cannot be compared with float or 16-bit rows");
    check_options(options);
    if (relation.anchors() != queries.rows()) {
        throw_size_mismatch("CorpusMiner: the queries", queries.rows(), relation.anchors(), "anchors in the relation");
    }
    if (relation.candidates() != corpus.rows()) {
        throw_size_mismatch("CorpusMiner: the corpus", corpus.rows(), relation.candidates(),
                            "candidates in the relation");
    }
    if (queries.columns() != corpus.columns()) {
        throw_invalid("CorpusMiner: queries have " + std::to_string(queries.columns()) +
                      " columns but the corpus has " + std::to_string(corpus.columns()));
    }
    if (source_has_ids(queries) != source_has_ids(corpus)) {
        throw_invalid(std::string("CorpusMiner: sample ids are given for the ") +
                      (source_has_ids(queries) ? "queries" : "corpus") + " only, but are needed for both or neither");
    }
}

/// Whether a corpus is packed for this metric, if it is packed.
template <class M, class Corpus>
constexpr bool is_packed_for()
{
    if constexpr (requires(const Corpus& corpus) { corpus.packed_blocks(); }) {
        return std::is_same_v<typename Corpus::MetricType, M>;
    } else {
        return true;
    }
}

/// Whether queries are rows of the corpus, as far as that can be told.
template <class Queries, class Corpus>
bool share_rows(const Queries& queries, const Corpus& corpus)
{
    if constexpr (std::is_same_v<Queries, Corpus>) {
        if (&queries == &corpus) {
            return queries.rows() > 0;
        }
    }
    if constexpr (requires { shared_rows(queries.batch(), corpus.batch()); }) {
        return shared_rows(queries.batch(), corpus.batch()).has_value();
    } else if constexpr (requires { shared_rows(queries.batch(), corpus.packed_blocks().front().source.batch()); }) {
        return std::any_of(corpus.packed_blocks().begin(), corpus.packed_blocks().end(), [&](const auto& block) {
            return shared_rows(queries.batch(), block.source.batch()).has_value();
        });
    } else {
        return false;
    }
}

/// Refuses scores of positives that do not fit the queries.
inline void check_positive_scores(const PositiveScores& scores, const CorpusOptions& options, const Relation& relation,
                                  bool filters_need_positive)
{
    const std::span<const Index> offsets = scores.offsets;
    if (static_cast<Index>(offsets.size()) != relation.anchors() + 1 || offsets.front() != 0 ||
        offsets.back() != static_cast<Index>(scores.values.size()) || !std::is_sorted(offsets.begin(), offsets.end())) {
        throw_invalid(
            "CorpusMiner: the offsets of the scores of positives must ascend from 0 to their number, which is " +
            std::to_string(scores.values.size()) + ", with one more than there are queries");
    }
    if (filters_need_positive) {
        throw_rule("CorpusMiner", "a filter looks at the rows of positives, but only their scores are given");
    }
    for (Index query = 0; options.per_positive && query < relation.anchors(); ++query) {
        const auto at = static_cast<std::size_t>(query);
        const auto listed = static_cast<Index>(relation.positives(query).size());
        if (offsets[at + 1] - offsets[at] != listed) {
            throw_invalid("CorpusMiner: query " + std::to_string(query) + " has " + std::to_string(listed) +
                          " positives but " + std::to_string(offsets[at + 1] - offsets[at]) +
                          " scores of positives, and every positive has a list");
        }
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
