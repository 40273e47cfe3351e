#pragma once

/// \file
/// Files of TREC (trec.nist.gov): judgements of relevance (qrels), and runs. They need no library.

#include <mohs/adapter/record_names.hpp>
#include <mohs/detail/adapter/trec_fields.hpp>
#include <mohs/detail/base/check.hpp>
#include <mohs/detail/io/number_text.hpp>
#include <mohs/io/atomic_file.hpp>
#include <mohs/io/text_lines.hpp>
#include <mohs/result/mined_record.hpp>
#include <mohs/result/positive_lists.hpp>

#include <algorithm>
#include <filesystem>
#include <istream>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// How relevant a document is to a query: 0 and below, not at all.
struct RelevanceJudgement {
    std::string query, document;
    std::int32_t grade = 0;
    friend bool operator==(const RelevanceJudgement&, const RelevanceJudgement&) = default;
};

/// Reads qrels, in their order: lines of four fields, `query iteration document grade`, of which the second is not
/// looked at; or of three, `query document grade`, after a line of names or not, as BEIR has them. Between fields are
/// blanks or tabs; blank lines are passed over. Grades are integers of 32 bits, also negative ones.
///
/// Throws std::runtime_error with the line for lines of another number of fields than the first, grades that are none,
/// text that is not UTF-8, and lines of more than 64 MiB.
[[nodiscard]] inline std::vector<RelevanceJudgement> read_qrels(std::istream& stream)
{
    constexpr const char* reader = "read_qrels";
    std::vector<RelevanceJudgement> result;
    std::size_t count = 0;
    std::string line;
    for (std::size_t number = 1; detail::read_line(reader, stream, number, line); ++number) {
        try {
            const std::vector<std::string_view> fields = detail::trec_fields(line, number == 1);
            if (fields.empty()) {
                continue;
            }
            const bool first = count == 0;
            if (first) {
                count = fields.size();
            }
            if (fields.size() != count || (count != 3 && count != 4)) {
                throw detail::BadText(std::to_string(fields.size()) + " fields, but must be " +
                                      (first ? "4, as query, iteration, document and grade" : std::to_string(count)));
            }
            if (first && count == 3 && !detail::is_integer_text(fields[2])) {
                continue;
            }
            result.push_back({.query = std::string(fields[0]),
                              .document = std::string(fields[count - 2]),
                              .grade = detail::grade_of(fields[count - 1])});
        } catch (const detail::BadText& error) {
            detail::throw_at_line(reader, number, error.what());
        }
    }
    return result;
}

/// What becomes of judgements of queries or documents that are not among the rows.
enum class UnknownIds { refuse, pass_over };

/// Judgements as lists of rows, for RetrievalMetrics and miners. A judgement may be there several times.
///
/// Throws std::runtime_error for ids that are not known, unless they are to be passed over, as those of another split
/// or of a part of a corpus, and for two grades of the same query and document. O(judgements log).
[[nodiscard]] inline GradedLists graded_lists(std::span<const RelevanceJudgement> judgements, const IdIndex& queries,
                                              const IdIndex& documents, UnknownIds unknown = UnknownIds::refuse)
{
    std::map<std::pair<Index, Index>, std::int32_t> grades;
    for (const RelevanceJudgement& each : judgements) {
        const std::optional<Index> query = queries.find(each.query), document = documents.find(each.document);
        if (query && document) {
            const auto [at, is_new] = grades.emplace(std::pair(*query, *document), each.grade);
            if (!is_new && at->second != each.grade) {
                throw std::runtime_error("mohs::graded_lists: query " + detail::in_quotes(each.query) +
                                         " and document " + detail::in_quotes(each.document) + " have two grades");
            }
        } else if (unknown == UnknownIds::refuse) {
            throw std::runtime_error(
                "mohs::graded_lists: the " +
                (query ? "document " + detail::in_quotes(each.document) : "query " + detail::in_quotes(each.query)) +
                " is no known id");
        }
    }
    GradedLists result;
    auto at = grades.begin();
    for (Index query = 0; query < queries.size(); ++query) {
        for (; at != grades.end() && at->first.first == query; ++at) {
            result.rows.push_back(at->first.second);
            result.grades.push_back(at->second);
        }
        result.offsets.push_back(static_cast<Index>(result.rows.size()));
    }
    return result;
}

/// Appends the negatives of a record to `text` as lines of a run, `query Q0 document rank score tag`, by descending
/// score, ranks from 1: what a search would have returned. Where there are no ids, rows stand for them.
///
/// Throws std::invalid_argument for ids and tags that are empty or have blanks, and for scores that are not finite.
inline void append_trec_run(std::string& text, const MinedRecord& record, const std::string& tag = "mohs",
                            const RecordNames& names = {})
{
    std::vector<ScoredRow> ranked = record.negatives;
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const ScoredRow& a, const ScoredRow& b) { return a.score > b.score; });
    const std::string query =
        detail::trec_word(names.query_id ? names.query_id(record.query) : std::to_string(record.query));
    for (std::size_t rank = 0; rank < ranked.size(); ++rank) {
        const auto& [row, score] = ranked[rank];
        if (!detail::is_finite(score)) {
            detail::throw_bad_value("append_trec_run: a score", score, "finite");
        }
        text += query + " Q0 " + detail::trec_word(names.document_id ? names.document_id(row) : std::to_string(row)) +
                " " + std::to_string(rank + 1) + " " + detail::number_text(score) + " " + detail::trec_word(tag) + "\n";
    }
}

/// Writes the runs of records in their order. `sink` is a std::ostream or an AtomicFile. Throws what `append_trec_run`
/// does, and std::runtime_error where it cannot write.
template <class Sink>
void write_trec_run(std::span<const MinedRecord> records, Sink& sink, const std::string& tag = "mohs",
                    const RecordNames& names = {})
{
    std::string text;
    for (const MinedRecord& record : records) {
        text.clear();
        append_trec_run(text, record, tag, names);
        detail::put_text("write_trec_run", sink, text);
    }
}

/// Writes runs into a file that is there as a whole or not at all (`AtomicFile`).
inline void save_trec_run(std::span<const MinedRecord> records, const std::filesystem::path& path,
                          const std::string& tag = "mohs", const RecordNames& names = {})
{
    AtomicFile file(path);
    write_trec_run(records, file, tag, names);
    file.commit();
}

}  // namespace mohs::inline MOHS_ABI
