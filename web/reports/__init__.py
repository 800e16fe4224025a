"""Reports on one change or on a period: one model, rendered as HTML, PDF and DOCX.

store ──► reading ──► change | period ──► Report ──► html ──► pdf
          (shell)     (pure)              (model)    docx: tracked changes
"""
