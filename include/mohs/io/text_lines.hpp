#pragma once

/// \file
/// Files with a text per line: TextLines, read one by one, and IdIndex, which finds rows by their ids.

#include <mohs/detail/base/check.hpp>
#include <mohs/detail/io/line_reader.hpp>
#include <mohs/types.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {
namespace detail {

/// Calls `f(lines, text)` for every line, checked.
template <class Function>
void for_each_text(const FileReader& file, const Function& f)
{
    LineReader lines(file, 0);
    for (std::string_view text; lines.next(text);) {
        if (lines.offset() == 0 && text.starts_with("\xEF\xBB\xBF")) {
            text.remove_prefix(3);
        }
        if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
            lines.fail("is not UTF-8");
        }
        f(lines, text);
    }
}

}  // namespace detail

/// The lines of a file, one text per row, that stay in the file until they are asked for: memory 8 bytes per line.
///
/// Lines end in a line feed, after a carriage return or not; the last one may end without. A byte order mark does not
/// count; empty lines are empty texts. Throws std::runtime_error with path, line and reason for files that cannot be
/// read or became shorter, text that is not UTF-8 or has zeros, and lines of more than 64 MiB; std::out_of_range for
/// rows that are not there. Opening reads the file once.
class TextLines {
public:
    explicit TextLines(const std::filesystem::path& path)
        : file_(std::make_shared<detail::FileReader>("TextLines", path))
    {
        detail::for_each_text(
            *file_, [&](const detail::LineReader& lines, std::string_view) { begins_.push_back(lines.offset()); });
    }

    [[nodiscard]] Index size() const { return static_cast<Index>(begins_.size()); }

    /// A line, without what ends it.
    [[nodiscard]] std::string operator[](Index row) const
    {
        detail::check_row("TextLines: line", row, size());
        const auto at = static_cast<std::size_t>(row);
        const std::uint64_t end = at + 1 < begins_.size() ? begins_[at + 1] : file_->size();
        std::string text(static_cast<std::size_t>(end - begins_[at]), ' ');
        file_->read(begins_[at], text.data(), text.size());
        if (text.ends_with('\n')) {
            text.pop_back();
        }
        if (text.ends_with('\r')) {
            text.pop_back();
        }
        if (row == 0 && text.starts_with("\xEF\xBB\xBF")) {
            text.erase(0, 3);
        }
        return text;
    }

private:
    std::shared_ptr<const detail::FileReader> file_;
    std::vector<std::uint64_t> begins_;
};

/// The ids of rows, one each, and the row of an id in O(1).
class IdIndex {
public:
    /// Throws std::invalid_argument for ids that are empty or there twice.
    explicit IdIndex(std::vector<std::string> ids)
    {
        for (std::string& id : ids) {
            if (const std::string wrong = add(std::move(id)); !wrong.empty()) {
                detail::throw_invalid("IdIndex: id " + std::to_string(ids_.size()) + " " + wrong);
            }
        }
    }

    /// The lines of a file, with what TextLines says of files; std::runtime_error with path and line for ids that are
    /// empty or there twice.
    static IdIndex from_file(const std::filesystem::path& path)
    {
        IdIndex result;
        detail::for_each_text(detail::FileReader("IdIndex", path),
                              [&](const detail::LineReader& lines, std::string_view text) {
                                  if (const std::string wrong = result.add(std::string(text)); !wrong.empty()) {
                                      lines.fail("the id " + wrong);
                                  }
                              });
        return result;
    }

    // Ids are viewed where the map has them.
    IdIndex(IdIndex&&) = default;
    IdIndex& operator=(IdIndex&&) = default;

    [[nodiscard]] Index size() const { return static_cast<Index>(ids_.size()); }
    [[nodiscard]] const std::string& operator[](Index row) const
    {
        detail::check_row("IdIndex: id", row, size());
        return *ids_[static_cast<std::size_t>(row)];
    }
    /// Nothing for an id that is not there.
    [[nodiscard]] std::optional<Index> find(std::string_view id) const
    {
        const auto at = rows_.find(std::string(id));
        return at == rows_.end() ? std::nullopt : std::optional(at->second);
    }

private:
    IdIndex() = default;

    /// What is wrong with the next id, if anything is.
    std::string add(std::string id)
    {
        if (id.empty()) {
            return "is empty";
        }
        const auto [at, is_new] = rows_.emplace(std::move(id), size());
        if (!is_new) {
            return detail::in_quotes(at->first) + " is that of row " + std::to_string(at->second) + " already";
        }
        ids_.push_back(&at->first);
        return {};
    }

    std::unordered_map<std::string, Index> rows_;
    std::vector<const std::string*> ids_;  // into rows_, whose elements stay where they are
};

}  // namespace mohs::inline MOHS_ABI
