#pragma once

/// \file
/// CorpusReport: what happened while a corpus was mined.

#include <mohs/result/report.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// What a result came from, so that it can be told from another, and made again.
struct CorpusProvenance {
    std::string version;  ///< of the library, as "0.1.0"
    std::string metric;
    std::string tag;  ///< what the caller said of the model
    /// Every option that can change a result, by name, as text; those that were not given are not here.
    std::vector<std::pair<std::string, std::string>> options;
    std::vector<std::string> filters;          ///< their names, in order
    std::vector<std::string> filter_settings;  ///< what each was made with, where it says so (`settings()`), or nothing
    /// Of the elements of all rows and their order, whatever the layout, the blocks and the threads; 0 if not asked
    /// for.
    std::uint64_t query_hash = 0, corpus_hash = 0;
    /// Of the lists of positives, of what is neither, of sample ids, and of scores of positives that were given.
    std::uint64_t relation_hash = 0;
    bool hashed = false;        ///< whether hashes were asked for, and all rows were read
    bool tells_filters = true;  ///< whether every filter says what it was made with

    /// Whether `key` knows all that a result depends on, but for what a model or an index are, which is for the tag to
    /// say: rows are hashed, and no filter looks at a table, a list or a callable that it does not tell.
    [[nodiscard]] bool is_complete() const { return hashed && tells_filters; }

    /// A number that differs where queries, corpus, sample ids, relation, options, filters, tag, metric or version do: a
    /// key for caches, if it `is_complete`. Of parts of the queries it is that of all.
    [[nodiscard]] std::uint64_t key() const
    {
        std::uint64_t hash = 0xcbf29ce484222325U;
        const auto add_byte = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3U; };
        const auto add = [&](const std::string& text) {
            for (const char c : text) {
                add_byte(static_cast<unsigned char>(c));
            }
            // The length, so that "ab", "c" and "a", "bc" differ.
            for (std::uint64_t size = text.size(), byte = 0; byte < 8; ++byte, size >>= 8) {
                add_byte(static_cast<unsigned char>(size & 0xffU));
            }
        };
        add(version);
        add(metric);
        add(tag);
        for (const auto& [name, value] : options) {
            add(name);
            add(value);
        }
        add("");
        for (const auto* texts : {&filters, &filter_settings}) {
            for (const std::string& text : *texts) {
                add(text);
            }
        }
        for (std::uint64_t number : {query_hash, corpus_hash, relation_hash}) {
            for (int byte = 0; byte < 8; ++byte, number >>= 8) {
                add_byte(static_cast<unsigned char>(number & 0xffU));
            }
        }
        return hash;
    }
};

/// A rule and what it rejected.
struct RejectedBy {
    std::string name;
    Index count = 0;
    friend bool operator==(const RejectedBy&, const RejectedBy&) = default;
};

/// A list that found fewer negatives than were asked for.
struct Shortfall {
    Index list = 0, query = 0;
    Index found = 0;
    friend bool operator==(const Shortfall&, const Shortfall&) = default;
};

/// What became of queries and corpus. Rows that are not finite, zero or equal are counted unless hashes are not asked
/// for.
struct CorpusReport {
    Index queries = 0, corpus = 0;      ///< rows
    Index lists = 0;                    ///< of negatives
    Index negatives = 0;                ///< in all lists
    Index non_finite = 0;               ///< queries with an infinity or a NaN, which have no negatives
    Index non_finite_corpus = 0;        ///< rows of the corpus that are nobody's candidate for the same reason
    Index zero_rows = 0;                ///< finite rows of norm 0, of both
    Index without_positive = 0;         ///< queries whose list of positives is empty
    Index non_finite_positives = 0;     ///< pairs of a query and a positive without a value, which do not count
    Index without_reference = 0;        ///< lists left empty: margins or filters need a positive, and there is none
    Index overflows = 0;                ///< values too large for a double
    std::vector<Shortfall> shortfalls;  ///< lists with fewer negatives than were asked for, ascending
    Index missing = 0;                  ///< how many they lack together
    /// In the order in which rules are asked: those of the options that are given, then the filters. Counted under
    /// the first that rejects are the negatives of a list that rank ahead of the last one returned, or, of a list
    /// that fell short, of all that the scan was after: within `range_max`, and no farther than the far one of
    /// `min_score` and `max_score`. So counts depend neither on blocks nor on threads. Of draws that scan nothing:
    /// those drawn before the last one that passed.
    std::vector<RejectedBy> rejected;
    Summary depth;       ///< how many negatives of its query a list went through: the raw rank of its last, plus 1
    Summary positive;    ///< values between queries and positives
    Summary negative;    ///< values between queries and the negatives returned
    Summary difference;  ///< by how much these are farther than the reference of their list; less than 0 if closer
    Index suspects = 0;  ///< negatives that are closer than the reference of their list (`corpus_suspects`)
    Index duplicate_rows =
        0;  ///< rows of the corpus that equal an earlier one, bit for bit; not looked for without hashes
    Index repeated_negatives = 0;   ///< negatives that equal one before them in their list
    Index copies_of_positives = 0;  ///< negatives that equal a positive of their query: certainly false ones
    Index copies_of_queries = 0;    ///< negatives that equal their query: most likely itself, without sample ids
    Index rescored = 0,
          without_rescore = 0;  ///< pairs that a scorer was asked about, and those it gave no finite score
    Index index_searches = 0;   ///< rounds of searches, where candidates come from an index
    Index index_faults = 0;     ///< candidates of an index that are no rows, or came twice
    Index exact_fallbacks = 0;  ///< lists that an index could not fill, and that were searched exactly
    double recall =
        -1;  ///< share of the exact negatives that an index found, over the lists that were compared; else -1
    Index recall_lists = 0;  ///< how many were compared
    bool cancelled = false;  ///< stopped by the caller: queries from `finished` on have no lists
    Index finished = 0;      ///< queries before this number are done, of those asked for
    CorpusProvenance provenance;

    /// Calls `f(name, value)` with a C string and a double for every count: enough to feed any logger.
    template <class Function>
    void for_each(Function&& f) const
    {
        const auto count = [&f](const char* name, Index value) { f(name, static_cast<double>(value)); };
        count("queries", queries);
        count("corpus", corpus);
        count("lists", lists);
        count("negatives", negatives);
        count("non_finite", non_finite);
        count("non_finite_corpus", non_finite_corpus);
        count("zero_rows", zero_rows);
        count("without_positive", without_positive);
        count("non_finite_positives", non_finite_positives);
        count("without_reference", without_reference);
        count("overflows", overflows);
        count("shortfalls", static_cast<Index>(shortfalls.size()));
        count("missing", missing);
        for (const RejectedBy& rule : rejected) {
            count(rule.name.c_str(), rule.count);
        }
        const auto summary = [&f](const std::string& name, const Summary& of) {
            const std::pair<const char*, double> numbers[] = {{"_mean", of.mean}, {"_min", of.min},
                                                              {"_q05", of.q05},   {"_median", of.median},
                                                              {"_q95", of.q95},   {"_max", of.max}};
            for (const auto& [end, value] : numbers) {
                f((name + end).c_str(), value);
            }
        };
        summary("depth", depth);
        summary("positive", positive);
        summary("negative", negative);
        summary("difference", difference);
        count("suspects", suspects);
        count("duplicate_rows", duplicate_rows);
        count("repeated_negatives", repeated_negatives);
        count("copies_of_positives", copies_of_positives);
        count("copies_of_queries", copies_of_queries);
        count("rescored", rescored);
        count("without_rescore", without_rescore);
        count("index_searches", index_searches);
        count("index_faults", index_faults);
        count("exact_fallbacks", exact_fallbacks);
        f("recall", recall);
        count("recall_lists", recall_lists);
        count("cancelled", cancelled ? 1 : 0);
        count("finished", finished);
    }
};

}  // namespace mohs::inline MOHS_ABI
