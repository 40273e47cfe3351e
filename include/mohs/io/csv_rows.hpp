#pragma once

/// \file
/// CsvRows: rows of numbers in text as a RowSource.

#include <mohs/detail/io/line_reader.hpp>
#include <mohs/detail/io/parse_number.hpp>
#include <mohs/io/row_source.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// How a file of comma-separated numbers is read.
struct CsvRowsOptions {
    char separator = ',';                     ///< between numbers, as '\t' or ';'; a blank is none
    ScalarKind scalar = ScalarKind::float32;  ///< or float64: what the rows say they are of, which miners compute in
    bool finite = false;                      ///< whether "nan" and "inf" are refused
};

/// Rows of decimal numbers, a line each, between separators. A first line without any number is one of names, and
/// passed over; blank lines too, and a byte order mark. Blanks around numbers do not count, nor does the locale.
/// Numbers do not stand in quotes. "nan" and "inf", in any case, are what they say, so that their rows are left out by
/// scans and counted, unless the options refuse them.
///
/// Opening reads the file once, counts rows and columns, and refuses rows of other lengths; it keeps where every 256th
/// row begins, so that blocks are read from anywhere. Numbers are looked at when they are read, each time: what is read
/// often is better kept as .npy (`write_npy`).
///
/// Throws std::runtime_error with path, line and reason for files that cannot be read, are empty, have rows of several
/// lengths, lines of more than 64 MiB, or became shorter; and, where it is read, for what is no number, or none in the
/// range of double. Throws std::invalid_argument for options that contradict the format. Memory 16 bytes for 256 rows.
class CsvRows final : public RowSource {
public:
    explicit CsvRows(const std::filesystem::path& path, CsvRowsOptions options = {})
        : options_(check(options)), file_(std::make_shared<detail::FileReader>("CsvRows", path))
    {
        detail::LineReader lines(*file_, 0);
        for (std::string_view line; next(lines, line);) {
            if (columns_ == 0) {
                columns_ = count(line);
                if (is_header(line)) {
                    continue;
                }
            }
            if (count(line) != columns_) {
                lines.fail("has " + std::to_string(count(line)) + " numbers, but " + std::to_string(columns_) +
                           " come before");
            }
            if (rows_ % rows_per_mark == 0) {
                marks_.push_back({lines.offset(), lines.number()});
            }
            ++rows_;
        }
        if (columns_ == 0) {
            file_->fail("has no rows");
        }
    }

    [[nodiscard]] Index rows() const override { return rows_; }
    [[nodiscard]] Index columns() const override { return columns_; }
    [[nodiscard]] ScalarKind scalar() const override { return options_.scalar; }

protected:
    void read_stored(Index first, Index count, std::byte* to) const override
    {
        if (count == 0) {
            return;
        }
        const Mark& mark = marks_[static_cast<std::size_t>(first / rows_per_mark)];
        detail::LineReader lines(*file_, mark.offset, mark.line);
        std::string_view line;
        const std::size_t element = detail::size_of(options_.scalar);
        for (Index row = first - first % rows_per_mark; row < first + count; ++row) {
            if (!next(lines, line)) {
                file_->fail("has fewer rows than before: somebody else writes to it");
            }
            if (row >= first) {
                parse(lines, line, to);
                to += static_cast<std::size_t>(columns_) * element;
            }
        }
    }

private:
    static constexpr Index rows_per_mark = 256;
    struct Mark {
        std::uint64_t offset, line;
    };

    static CsvRowsOptions check(const CsvRowsOptions& options)
    {
        if (options.scalar != ScalarKind::float32 && options.scalar != ScalarKind::float64) {
            detail::throw_rule("CsvRows", "rows of text are of float32 or float64");
        }
        const char c = options.separator;
        const bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (letter || c == '\0' || std::string_view("+-. \"\r\n").find(c) != std::string_view::npos) {
            detail::throw_rule("CsvRows",
                               "the separator must not be a letter, digit, sign, point, blank, quote or the "
                               "end of a line");
        }
        return options;
    }

    /// The next line that is not blank.
    bool next(detail::LineReader& lines, std::string_view& line) const
    {
        while (lines.next(line)) {
            if (lines.offset() == 0 && line.starts_with("\xEF\xBB\xBF")) {
                line.remove_prefix(3);
            }
            if (line.find_first_not_of(options_.separator == '\t' ? " " : " \t") != std::string_view::npos) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] Index count(std::string_view line) const
    {
        return 1 + static_cast<Index>(std::count(line.begin(), line.end(), options_.separator));
    }
    /// Takes the next field off a line.
    [[nodiscard]] std::string_view field(std::string_view& line) const
    {
        const std::size_t end = (std::min)(line.find(options_.separator), line.size());
        std::string_view result = line.substr(0, end);
        line.remove_prefix((std::min)(end + 1, line.size()));
        const std::size_t begin = result.find_first_not_of(" \t");
        return begin == std::string_view::npos ? std::string_view()
                                               : result.substr(begin, result.find_last_not_of(" \t") + 1 - begin);
    }
    [[nodiscard]] bool is_header(std::string_view line) const
    {
        for (Index column = 0; column < columns_; ++column) {
            if (detail::parse_number(field(line), false)) {
                return false;
            }
        }
        return true;
    }

    void parse(const detail::LineReader& lines, std::string_view line, std::byte* to) const
    {
        if (count(line) != columns_) {
            lines.fail("has other columns than before: somebody else writes to it");
        }
        for (Index column = 0; column < columns_; ++column) {
            const std::string_view text = field(line);
            const std::optional<double> number = detail::parse_number(text, options_.finite);
            if (!number) {
                lines.fail("column " + std::to_string(column + 1) + " is " + detail::in_quotes(text) +
                           ", but must be a " + (options_.finite ? "finite number" : "number") +
                           " in the range of double");
            }
            if (options_.scalar == ScalarKind::float64) {
                std::memcpy(to, &*number, sizeof(double));
                to += sizeof(double);
            } else {
                const auto narrow = static_cast<float>(*number);
                std::memcpy(to, &narrow, sizeof(float));
                to += sizeof(float);
            }
        }
    }

    CsvRowsOptions options_;
    std::shared_ptr<const detail::FileReader> file_;
    std::vector<Mark> marks_;
    Index rows_ = 0, columns_ = 0;
};

}  // namespace mohs::inline MOHS_ABI
