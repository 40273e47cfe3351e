#pragma once

/// \file
/// Mined records as JSON lines that trainers read, by JSON for Modern C++ (nlohmann-json 3.11, Debian:
/// nlohmann-json3-dev).

#include <mohs/adapter/record_names.hpp>
#include <mohs/detail/adapter/training_json.hpp>
#include <mohs/io/atomic_file.hpp>
#include <mohs/result/mined_record.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <span>
#include <string>

namespace mohs::inline MOHS_ABI {

/// Trainers, and the shapes of their records. The first four are those of sentence-transformers
/// (`mine_hard_negatives`).
enum class RecordFormat { triplet, n_tuple, labeled_pair, labeled_list, flag_embedding, tevatron };

/// Appends the lines of a record to `text`:
///
/// | format | lines | a line | with scores |
/// |---|---|---|---|
/// | triplet | positives x negatives | `{"query":,"positive":,"negative":}` | and `"scores":[positive, negative]` |
/// | n_tuple | positives | `{"query":,"positive":,"negatives":[]}` | and `"scores":[positive, negatives...]` |
/// | labeled_pair | positives + negatives | `{"query":,"document":,"label":1 or 0}` | `"score":` instead of the label |
/// | labeled_list | positives | `{"query":,"documents":[],"labels":[1,0,...]}` | `"scores":[]` instead of the labels |
/// | flag_embedding | 1 | `{"query":"","pos":[""],"neg":[""]}` | and `"pos_scores":[],"neg_scores":[]` |
/// | tevatron | 1 | `{"query_id":"","query":"","positive_passages":[],"negative_passages":[]}` | the same: it has no place |
///
/// with a passage of Tevatron as `{"docid":"","title":"","text":""}`. What stands for a query or a document is its
/// text, else its id, else its row, as a number; FlagEmbedding and Tevatron have strings everywhere. In Tevatron's
/// records ids are ids or rows, and without texts there are no fields for them, so that a trainer stops there, instead
/// of learning empty texts. Scores instead of labels are what sentence-transformers does (version 6).
///
/// Nothing is dropped: a record with fewer negatives than were asked for has those that it has. Without positives it
/// has no lines but those of a labeled_pair; without negatives none of triplets, and of the others those of empty
/// lists.
///
/// Throws std::invalid_argument for scores that are not finite, which JSON does not have, if scores are asked for, and
/// for text that is not UTF-8; and what the names throw.
inline void append_training_lines(std::string& text, const MinedRecord& record, RecordFormat format, bool scores,
                                  const RecordNames& names)
{
    const detail::TrainingLines lines(record, scores, names);
    switch (format) {
        case RecordFormat::triplet: return lines.triplets(text);
        case RecordFormat::n_tuple: return lines.n_tuples(text);
        case RecordFormat::labeled_pair: return lines.labeled_pairs(text);
        case RecordFormat::labeled_list: return lines.labeled_lists(text);
        case RecordFormat::flag_embedding: return lines.flag_embedding(text);
        case RecordFormat::tevatron: return lines.tevatron(text);
    }
}

/// Writes records in their order. `sink` is a std::ostream or an AtomicFile. Throws what `append_training_lines` does,
/// and std::runtime_error where it cannot write.
template <class Sink>
void write_training_records(std::span<const MinedRecord> records, Sink& sink, RecordFormat format, bool scores = false,
                            const RecordNames& names = {})
{
    std::string text;
    for (const MinedRecord& record : records) {
        text.clear();
        append_training_lines(text, record, format, scores, names);
        detail::put_text("write_training_records", sink, text);
    }
}

/// Writes records into a file that is there as a whole or not at all (`AtomicFile`).
inline void save_training_records(std::span<const MinedRecord> records, const std::filesystem::path& path,
                                  RecordFormat format, bool scores = false, const RecordNames& names = {})
{
    AtomicFile file(path);
    write_training_records(records, file, format, scores, names);
    file.commit();
}

}  // namespace mohs::inline MOHS_ABI
