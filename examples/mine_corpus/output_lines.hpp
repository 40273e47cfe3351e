#pragma once

#include "settings.hpp"

#include <mohs/adapter/record_names.hpp>
#include <mohs/result/mined_record.hpp>

#include <string>

namespace mine_corpus {

/// Appends what is written of a record, in the format of the settings.
void append_lines(std::string& text, const mohs::MinedRecord& record, const Settings& settings,
                  const mohs::RecordNames& names);

/// What reports call a row: its text, else its id, else its number.
std::string query_name(const mohs::RecordNames& names, mohs::Index row);
std::string document_name(const mohs::RecordNames& names, mohs::Index row);

}  // namespace mine_corpus
