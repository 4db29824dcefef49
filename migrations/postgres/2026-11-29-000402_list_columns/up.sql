-- Which columns of a list somebody took out last.
CREATE TABLE list_columns (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    -- With spaces between.
    codes TEXT NOT NULL,
    PRIMARY KEY (user_id, model)
);
