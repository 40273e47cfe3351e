#pragma once

/// \file
/// The records of trainers, each format by its lines.

#include <mohs/detail/adapter/strict_json.hpp>
#include <mohs/result/mined_record.hpp>

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Writes the lines of one record. `Names` is RecordNames.
template <class Names>
class TrainingLines {
public:
    TrainingLines(const MinedRecord& record, bool scores, const Names& names)
        : record_(record), names_(names), scores_(scores)
    {
        for (const auto* rows : {&record.positives, &record.negatives}) {
            for (const ScoredRow& row : *rows) {
                if (scores && !is_finite(row.score)) {
                    throw_invalid(std::string(writer) + ": the score of query " + std::to_string(record.query) +
                                  " and row " + std::to_string(row.row) + " is not finite, which JSON cannot say");
                }
            }
        }
    }

    void triplets(std::string& text) const
    {
        for (const ScoredRow& positive : record_.positives) {
            for (const ScoredRow& negative : record_.negatives) {
                Json line{{"query", query()}, {"positive", document(positive)}, {"negative", document(negative)}};
                if (scores_) {
                    line["scores"] = {positive.score, negative.score};
                }
                put(text, line);
            }
        }
    }

    void n_tuples(std::string& text) const
    {
        for (const ScoredRow& positive : record_.positives) {
            Json line{
                {"query", query()}, {"positive", document(positive)}, {"negatives", documents(record_.negatives)}};
            if (scores_) {
                line["scores"] = list_scores(positive);
            }
            put(text, line);
        }
    }

    void labeled_pairs(std::string& text) const
    {
        for (const auto* rows : {&record_.positives, &record_.negatives}) {
            for (const ScoredRow& row : *rows) {
                Json line{{"query", query()}, {"document", document(row)}};
                if (scores_) {
                    line["score"] = row.score;
                } else {
                    line["label"] = rows == &record_.positives ? 1 : 0;
                }
                put(text, line);
            }
        }
    }

    void labeled_lists(std::string& text) const
    {
        for (const ScoredRow& positive : record_.positives) {
            Json shown = documents(record_.negatives);
            shown.insert(shown.begin(), document(positive));
            Json line{{"query", query()}, {"documents", std::move(shown)}};
            if (scores_) {
                line["scores"] = list_scores(positive);
            } else {
                std::vector<int> labels(record_.negatives.size() + 1, 0);
                labels[0] = 1;
                line["labels"] = labels;
            }
            put(text, line);
        }
    }

    void flag_embedding(std::string& text) const
    {
        if (record_.positives.empty()) {
            return;
        }
        Json line{{"query", as_text(query())}, {"pos", texts(record_.positives)}, {"neg", texts(record_.negatives)}};
        if (scores_) {
            line["pos_scores"] = scores_of(record_.positives);
            line["neg_scores"] = scores_of(record_.negatives);
        }
        put(text, line);
    }

    void tevatron(std::string& text) const
    {
        if (record_.positives.empty()) {
            return;
        }
        Json line{{"query_id", names_.query_id ? names_.query_id(record_.query) : std::to_string(record_.query)}};
        if (names_.query_text) {
            line["query"] = names_.query_text(record_.query);
        }
        line["positive_passages"] = passages(record_.positives);
        line["negative_passages"] = passages(record_.negatives);
        put(text, line);
    }

private:
    using Json = nlohmann::ordered_json;
    static constexpr const char* writer = "write_training_records";

    static void put(std::string& text, const Json& line) { text += json_text(writer, line) + "\n"; }
    static std::string as_text(const Json& value)
    {
        return value.is_string() ? value.get<std::string>() : value.dump();
    }

    [[nodiscard]] Json query() const
    {
        return names_.query_text ? Json(names_.query_text(record_.query))
               : names_.query_id ? Json(names_.query_id(record_.query))
                                 : Json(record_.query);
    }
    [[nodiscard]] Json document(const ScoredRow& of) const
    {
        return names_.document_text ? Json(names_.document_text(of.row))
               : names_.document_id ? Json(names_.document_id(of.row))
                                    : Json(of.row);
    }
    [[nodiscard]] Json documents(const std::vector<ScoredRow>& rows) const
    {
        Json result = Json::array();
        for (const ScoredRow& row : rows) {
            result.push_back(document(row));
        }
        return result;
    }
    [[nodiscard]] std::vector<std::string> texts(const std::vector<ScoredRow>& rows) const
    {
        std::vector<std::string> result;
        for (const ScoredRow& row : rows) {
            result.push_back(as_text(document(row)));
        }
        return result;
    }
    [[nodiscard]] Json passages(const std::vector<ScoredRow>& rows) const
    {
        Json result = Json::array();
        for (const ScoredRow& row : rows) {
            Json passage{{"docid", names_.document_id ? names_.document_id(row.row) : std::to_string(row.row)}};
            if (names_.document_text) {
                passage["title"] = names_.document_title ? names_.document_title(row.row) : std::string();
                passage["text"] = names_.document_text(row.row);
            }
            result.push_back(std::move(passage));
        }
        return result;
    }
    static std::vector<double> scores_of(const std::vector<ScoredRow>& rows)
    {
        std::vector<double> result;
        for (const ScoredRow& row : rows) {
            result.push_back(row.score);
        }
        return result;
    }
    [[nodiscard]] std::vector<double> list_scores(const ScoredRow& positive) const
    {
        std::vector<double> result = scores_of(record_.negatives);
        result.insert(result.begin(), positive.score);
        return result;
    }

    const MinedRecord& record_;
    const Names& names_;
    bool scores_;
};

}  // namespace mohs::inline MOHS_ABI::detail
