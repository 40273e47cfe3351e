#include "output_lines.hpp"

#include <mohs/adapter/training_records.hpp>
#include <mohs/adapter/trec.hpp>

#include <map>

namespace mine_corpus {

namespace {

std::string name_of(const mohs::RecordNames::Function& text, const mohs::RecordNames::Function& id, mohs::Index row)
{
    return text ? text(row) : id ? id(row) : std::to_string(row);
}

}  // namespace

void append_lines(std::string& text, const mohs::MinedRecord& record, const Settings& settings,
                  const mohs::RecordNames& names)
{
    if (settings.format == "trec") {
        return mohs::append_trec_run(text, record, "mohs", names);
    }
    using mohs::RecordFormat;
    static const std::map<std::string, RecordFormat> formats{{"triplet", RecordFormat::triplet},
                                                             {"n-tuple", RecordFormat::n_tuple},
                                                             {"labeled-pair", RecordFormat::labeled_pair},
                                                             {"labeled-list", RecordFormat::labeled_list},
                                                             {"flagembedding", RecordFormat::flag_embedding},
                                                             {"tevatron", RecordFormat::tevatron}};
    mohs::append_training_lines(text, record, formats.at(settings.format), settings.scores, names);
}

std::string query_name(const mohs::RecordNames& names, mohs::Index row)
{
    return name_of(names.query_text, names.query_id, row);
}

std::string document_name(const mohs::RecordNames& names, mohs::Index row)
{
    return name_of(names.document_text, names.document_id, row);
}

}  // namespace mine_corpus
