#include "inputs.hpp"

#include <mohs/adapter/positives_json.hpp>
#include <mohs/adapter/review_json.hpp>
#include <mohs/io/open_rows.hpp>
#include <mohs/review/verdicts.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace mine_corpus {

namespace {

using mohs::Index;

template <class Read>
auto read_file(const std::string& path, const Read& read)
{
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        throw std::runtime_error(path + ": cannot be read: " + std::strerror(errno));
    }
    try {
        return read(stream);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(path + ": " + error.what());
    }
}

void check_count(const std::string& path, const char* what, Index found, Index expected)
{
    if (found != expected) {
        throw std::runtime_error(path + ": has " + std::to_string(found) + " " + what + ", but there are " +
                                 std::to_string(expected) + " rows");
    }
}

std::optional<mohs::IdIndex> read_ids(const std::string& path, Index rows)
{
    if (path.empty()) {
        return std::nullopt;
    }
    std::optional<mohs::IdIndex> result(mohs::IdIndex::from_file(path));
    check_count(path, "ids", result->size(), rows);
    return result;
}

std::optional<mohs::TextLines> read_texts(const std::string& path, Index rows)
{
    if (path.empty()) {
        return std::nullopt;
    }
    std::optional<mohs::TextLines> result(path);
    check_count(path, "texts", result->size(), rows);
    return result;
}

/// The sample ids of queries and corpus, where these are of one set.
void name_samples(const Settings& settings, Inputs& inputs)
{
    std::error_code error;
    const bool one_file = std::filesystem::equivalent(settings.queries, settings.corpus, error);
    if (!settings.shared_ids && !one_file) {
        return;
    }
    const Index queries = inputs.queries->rows(), corpus = inputs.corpus->rows();
    for (Index row = 0; row < corpus; ++row) {
        inputs.corpus_samples.push_back(row);
    }
    for (Index row = 0; row < queries; ++row) {
        Index sample = one_file ? row : corpus + row;
        if (settings.shared_ids) {
            sample = inputs.corpus_ids->find((*inputs.query_ids)[row]).value_or(corpus + row);
        }
        inputs.query_samples.push_back(sample);
    }
}

mohs::Suspects read_verdicts(const std::string& path, Index queries, Index corpus)
{
    mohs::Verdicts verdicts;
    verdicts.add(read_file(path, [](std::istream& stream) { return mohs::read_verdicts_jsonl(stream); }));
    if (verdicts.unnamed() > 0) {
        throw std::runtime_error(path + ": " + std::to_string(verdicts.unnamed()) +
                                 " verdicts say neither anchor nor candidate");
    }
    mohs::Suspects result;
    for (const mohs::Decision& decision : verdicts.decisions()) {
        if (decision.answer != mohs::Answer::positive || !decision.subject || !decision.subject->is_pair()) {
            continue;
        }
        const std::int64_t query = decision.subject->anchor, document = *decision.subject->candidate;
        if (query < 0 || query >= queries || document < 0 || document >= corpus) {
            throw std::runtime_error(path + ": there is a verdict on query " + std::to_string(query) +
                                     " and document " + std::to_string(document) + ", but there are " +
                                     std::to_string(queries) + " and " + std::to_string(corpus));
        }
        result.push_back({.anchor = query, .candidate = document});
    }
    return result;
}

mohs::Matrix read_guide(const std::string& path, Index rows)
{
    const std::unique_ptr<mohs::RowSource> source = mohs::open_rows(path);
    check_count(path, "rows of the guide", source->rows(), rows);
    mohs::Matrix result;
    source->read(0, rows, result);
    return result;
}

}  // namespace

mohs::RecordNames Inputs::names() const
{
    mohs::RecordNames result;
    if (query_ids) {
        result.query_id = [this](Index row) { return (*query_ids)[row]; };
    }
    if (corpus_ids) {
        result.document_id = [this](Index row) { return (*corpus_ids)[row]; };
    }
    if (query_texts) {
        result.query_text = [this](Index row) { return (*query_texts)[row]; };
    }
    if (corpus_texts) {
        result.document_text = [this](Index row) { return (*corpus_texts)[row]; };
    }
    return result;
}

Inputs read_inputs(const Settings& settings)
{
    Inputs result;
    result.queries = mohs::open_rows(settings.queries);
    result.corpus = mohs::open_rows(settings.corpus);
    const Index queries = result.queries->rows(), corpus = result.corpus->rows();
    if (result.queries->columns() != result.corpus->columns()) {
        throw std::runtime_error(settings.queries + " has " + std::to_string(result.queries->columns()) +
                                 " columns, but " + settings.corpus + " has " +
                                 std::to_string(result.corpus->columns()));
    }
    result.query_ids = read_ids(settings.ids_queries, queries);
    result.corpus_ids = read_ids(settings.ids_corpus, corpus);
    result.query_texts = read_texts(settings.texts_queries, queries);
    result.corpus_texts = read_texts(settings.texts_corpus, corpus);
    const mohs::IdIndex* const query_ids = result.query_ids ? &*result.query_ids : nullptr;
    const mohs::IdIndex* const corpus_ids = result.corpus_ids ? &*result.corpus_ids : nullptr;
    result.positives = read_file(settings.positives, [&](std::istream& stream) {
        return mohs::read_positives_jsonl(stream, queries, corpus, query_ids, corpus_ids);
    });
    name_samples(settings, result);
    if (!settings.verdicts.empty()) {
        result.judged_positive = read_verdicts(settings.verdicts, queries, corpus);
    }
    if (!settings.guide_queries.empty()) {
        result.guide_queries = read_guide(settings.guide_queries, queries);
        result.guide_corpus = read_guide(settings.guide_corpus, corpus);
    }
    return result;
}

}  // namespace mine_corpus
