#pragma once

/// \file
/// Positives of queries as JSON lines, by JSON for Modern C++ (nlohmann-json 3.11, Debian: nlohmann-json3-dev).

#include <mohs/detail/adapter/strict_json.hpp>
#include <mohs/detail/base/row_lists.hpp>
#include <mohs/io/text_lines.hpp>
#include <mohs/result/positive_lists.hpp>

#include <nlohmann/json.hpp>

#include <istream>
#include <string>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {
namespace detail {

/// The row that a value of JSON names: by its number, or by its id where ids are known.
inline Index named_row(const char* what, const nlohmann::json& value, Index rows, const IdIndex* ids)
{
    if (ids != nullptr) {
        // Ids that are digits are often written as numbers.
        if (!value.is_string() && !value.is_number_integer()) {
            throw BadText(std::string("a ") + what + " must be an id, which is a string or an integer");
        }
        const std::string id = value.is_string() ? value.get<std::string>() : value.dump();
        if (const std::optional<Index> row = ids->find(id)) {
            return *row;
        }
        throw BadText(std::string("the ") + what + " " + in_quotes(id) + " is no known id");
    }
    if (!value.is_number_integer() || (!value.is_number_unsigned() && value.get<std::int64_t>() < 0)) {
        throw BadText(std::string("a ") + what + " must be the number of a row, an integer of at least 0" +
                      (value.is_string() ? "; ids need files that list them" : ""));
    }
    if (value.get<std::uint64_t>() >= static_cast<std::uint64_t>(rows)) {
        throw BadText(std::string("the ") + what + " " + value.dump() + " is not a row: there are " +
                      std::to_string(rows));
    }
    return value.get<Index>();
}

/// Sorted lists of all queries.
inline PositiveLists positive_lists(Index queries, std::vector<std::pair<Index, Index>> pairs)
{
    const RowLists lists(queries, std::move(pairs));
    PositiveLists result;
    for (Index query = 0; query < queries; ++query) {
        result.rows.insert(result.rows.end(), lists.of(query).begin(), lists.of(query).end());
        result.offsets.push_back(static_cast<Index>(result.rows.size()));
    }
    return result;
}

}  // namespace detail

/// Reads which candidates are positives, an object per query, in any order:
///
///     {"query": 0, "positives": [17, 4]}
///
/// Queries and positives are numbers of rows, from 0, below `queries` and `candidates`. Where ids are given, they are
/// ids, as strings or, if these are digits, integers. A query that is there several times has all positives of these
/// lines; one that is not there, or whose list is empty, has none. Other fields are passed over, and blank lines.
///
/// Throws std::runtime_error with the line for what is no object or ends early, is not UTF-8, has a key twice or is
/// nested deeper than 32 levels, for wrong types, rows and ids that are not there, and lines of more than 64 MiB;
/// std::invalid_argument where there are not as many ids as rows. O(positives log); memory 16 bytes per positive.
[[nodiscard]] inline PositiveLists read_positives_jsonl(std::istream& stream, Index queries, Index candidates,
                                                        const IdIndex* query_ids = nullptr,
                                                        const IdIndex* candidate_ids = nullptr)
{
    constexpr const char* reader = "read_positives_jsonl";
    if (query_ids != nullptr && query_ids->size() != queries) {
        detail::throw_size_mismatch(reader, queries, query_ids->size(), "ids of queries");
    }
    if (candidate_ids != nullptr && candidate_ids->size() != candidates) {
        detail::throw_size_mismatch(reader, candidates, candidate_ids->size(), "ids of candidates");
    }
    std::vector<std::pair<Index, Index>> pairs;
    detail::read_json_lines(reader, stream, [&](const detail::JsonFields& fields) {
        const Index query = detail::named_row("query", fields.get("query"), queries, query_ids);
        for (const nlohmann::json& each : fields.list("positives")) {
            pairs.emplace_back(query, detail::named_row("positive", each, candidates, candidate_ids));
        }
    });
    return detail::positive_lists(queries, std::move(pairs));
}

}  // namespace mohs::inline MOHS_ABI
