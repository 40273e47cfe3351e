#pragma once

/// \file
/// RecordNames: what rows are called in files for trainers.

#include <mohs/io/text_lines.hpp>
#include <mohs/types.hpp>

#include <functional>
#include <string>

namespace mohs::inline MOHS_ABI {

/// What the rows of queries and corpus are called, as far as it is known: functions from a row to its id, its text, or
/// its title. Those that are empty know nothing. Where text is known, it is what records show; else ids; else numbers
/// of rows.
///
///     const mohs::TextLines texts("corpus.txt");
///     names.document_text = [&](mohs::Index row) { return texts[row]; };
struct RecordNames {
    using Function = std::function<std::string(Index row)>;

    Function query_id = {}, query_text = {};
    Function document_id = {}, document_text = {}, document_title = {};
};

}  // namespace mohs::inline MOHS_ABI
