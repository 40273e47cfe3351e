#pragma once

/// \file
/// Verdicts as comma-separated values (RFC 4180), for spreadsheets and scripts. It needs no library.

#include <mohs/detail/adapter/csv.hpp>
#include <mohs/detail/adapter/review_words.hpp>

#include <map>

namespace mohs::inline MOHS_ABI {

/// Writes verdicts in their order, after a line with the names of the columns:
///
///     record,verdict,annotator,annotator_kind,time,anchor,candidate,queue,ordered
///     90c8a5b8b4c1b6f0,negative,anna,person,2026-03-01T12:00:00Z,3,5,0f3c5b1d2e4a6978,
///
/// What is not known is empty; `ordered` is true or empty. `sink` is a std::ostream or an AtomicFile. Names that a
/// spreadsheet could take for a formula, as they begin with =, +, -, @, a tab or a line break, have an apostrophe
/// before them, which is taken away when they are read; so have names that look as if they had one. Numbers, times and
/// ids stay what they are.
///
/// Throws std::invalid_argument, before anything is written, for verdicts that `Verdicts` would not take and names that
/// are not UTF-8; std::runtime_error where it cannot write.
template <class Sink>
void write_verdicts_csv(std::span<const Verdict> verdicts, Sink& sink)
{
    constexpr const char* writer = "write_verdicts_csv";
    detail::check_verdicts(writer, verdicts);
    for (const Verdict& verdict : verdicts) {
        if (!detail::is_utf8(verdict.annotator)) {
            detail::throw_rule(writer, "the name of an annotator is not UTF-8");
        }
    }
    detail::put_text(writer, sink, "record,verdict,annotator,annotator_kind,time,anchor,candidate,queue,ordered\r\n");
    for (const Verdict& verdict : verdicts) {
        std::string line = verdict.record.text() + "," + detail::word_of(detail::answer_words, verdict.answer) + "," +
                           detail::csv_field(detail::as_text(verdict.annotator)) + "," +
                           detail::word_of(detail::annotator_words, verdict.annotator_kind) + "," +
                           review_time_text(verdict.time) + ",";
        if (verdict.subject) {
            line += std::to_string(verdict.subject->anchor);
        }
        line += ",";
        if (verdict.subject && verdict.subject->candidate) {
            line += std::to_string(*verdict.subject->candidate);
        }
        line += "," + (verdict.queue ? verdict.queue->text() : "") + "," +
                (verdict.subject && verdict.subject->is_ordered ? "true" : "") + "\r\n";
        detail::put_text(writer, sink, line);
    }
}

/// Reads what `write_verdicts_csv` writes, with columns in any order; columns of other names are passed over. Which
/// columns are needed, and what they may hold, is as for JSON lines (`adapter/review_json.hpp`); an empty field is one
/// that is left out. Throws std::runtime_error with the line for anything else: columns that are missing or there
/// twice, records of other lengths, quotes that do not end, text that is not UTF-8, fields beyond 64 MiB, and what
/// those fields may not be. A spreadsheet that takes a record's id for a number writes another one, which is then
/// refused; ids of samples are enough.
[[nodiscard]] inline std::vector<Verdict> read_verdicts_csv(std::istream& stream)
{
    constexpr const char* reader = "read_verdicts_csv";
    detail::CsvReader csv(reader, stream);
    std::vector<std::string> fields;
    std::map<std::string, std::size_t> columns;
    std::vector<Verdict> result;
    if (!csv.next(fields)) {
        detail::throw_at_line(reader, 1, "there is no line with the names of the columns");
    }
    for (std::size_t column = 0; column < fields.size(); ++column) {
        if (!columns.emplace(fields[column], column).second) {
            detail::throw_at_line(reader, csv.line(),
                                  "the column " + detail::in_quotes(fields[column]) + " is there twice");
        }
    }
    for (const char* needed : {"verdict", "annotator", "annotator_kind"}) {
        if (!columns.contains(needed)) {
            detail::throw_at_line(reader, csv.line(), std::string("there is no column ") + needed);
        }
    }
    const std::size_t count = fields.size();
    const auto find = [&](const char* column) -> const std::string* {
        const auto at = columns.find(column);
        return at == columns.end() || fields[at->second].empty() ? nullptr : &fields[at->second];
    };
    const auto text = [&](const char* column) -> const std::string& { return fields[columns.find(column)->second]; };
    const auto sample = [&](const char* column) {
        const std::string* field = find(column);
        return field == nullptr ? std::nullopt : std::optional(detail::sample_of(column, *field));
    };
    const auto id = [&](const char* column) {
        const std::string* field = find(column);
        return field == nullptr ? std::nullopt : std::optional(detail::id_of(column, *field));
    };
    const auto flag = [&](const char* column) {
        const std::string* field = find(column);
        return field != nullptr && detail::flag_of(column, *field);
    };
    while (csv.next(fields)) {
        if (fields.size() != count) {
            detail::throw_at_line(reader, csv.line(),
                                  std::to_string(fields.size()) + " fields, but " + std::to_string(count) + " columns");
        }
        try {
            Verdict verdict;
            verdict.subject = detail::subject_of(sample("anchor"), sample("candidate"), flag("ordered"));
            verdict.record = detail::record_of(id("record"), verdict.subject);
            verdict.answer = detail::value_of<Answer>(detail::answer_words, "verdict", text("verdict"));
            verdict.annotator = detail::annotator_of(detail::from_text(text("annotator")));
            verdict.annotator_kind =
                detail::value_of<AnnotatorKind>(detail::annotator_words, "annotator_kind", text("annotator_kind"));
            if (const std::string* time = find("time")) {
                const std::optional<double> seconds = detail::whole_number(*time);
                verdict.time = seconds ? detail::time_of("time", *seconds) : detail::time_of("time", *time);
            }
            verdict.queue = id("queue");
            result.push_back(std::move(verdict));
        } catch (const detail::BadText& error) {
            detail::throw_at_line(reader, csv.line(), error.what());
        }
    }
    return result;
}

}  // namespace mohs::inline MOHS_ABI
